"""A plugin with a menu item and with the verbose name of another plugin."""

from __future__ import annotations

from netbox.plugins import PluginConfig


class NamesakeConfig(PluginConfig):
    name = "namesake"
    verbose_name = "Late resources"
    version = "1.0"
    base_url = "namesake"


config = NamesakeConfig
