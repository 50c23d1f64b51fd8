"""A plugin with forms whose metaclasses raise; its ready() loads them, and so freezes a list of its own."""

from __future__ import annotations

from netbox.plugins import PluginConfig


class RaisingMetaclassConfig(PluginConfig):
    name = "raising_metaclass"
    verbose_name = "Raising metaclass"
    version = "1.0"
    base_url = "raising-metaclass"

    def ready(self):
        super().ready()
        from . import forms  # noqa: F401


config = RaisingMetaclassConfig
