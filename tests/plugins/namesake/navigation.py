"""The plugin's menu item."""

from __future__ import annotations

from netbox.plugins import PluginMenuItem

menu_items = (PluginMenuItem(link="home", link_text="Namesake item"),)
