"""Our entry in NetBox's menu, made with the arguments that every release knows."""

from __future__ import annotations

import importlib
import sys

import netbox.plugins


class PluginMenuItem:
    """Takes what NetBox 4.2.0's takes; ``auth_required`` is an argument from 4.2.3 on."""

    def __init__(self, link, link_text, staff_only=False, permissions=None, buttons=None):
        self.link = link
        self.permissions = permissions


def test_the_menu_item_can_be_made_on_netbox_4_2_0(monkeypatch):
    monkeypatch.setattr(netbox.plugins, "PluginMenuItem", PluginMenuItem, raising=False)
    monkeypatch.delitem(sys.modules, "netbox_plugin_reloader.navigation", raising=False)
    (item,) = importlib.import_module("netbox_plugin_reloader.navigation").menu_items
    assert (item.link, item.auth_required) == ("plugins:netbox_plugin_reloader:status", True)
    assert item.permissions == ["netbox_plugin_reloader.reload_plugins"]
