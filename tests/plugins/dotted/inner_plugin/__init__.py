"""A plugin with a dotted name, whose app label is only the last part of it."""

from __future__ import annotations

from netbox.plugins import PluginConfig


class InnerPluginConfig(PluginConfig):
    name = "dotted.inner_plugin"
    verbose_name = "Inner plugin"
    version = "1.0"
    base_url = "inner-plugin"

    def ready(self):
        pass


config = InnerPluginConfig
