"""A plugin whose ready() does not call NetBox's, so that its models are never registered."""

from __future__ import annotations

from netbox.plugins import PluginConfig


class ForgottenReadyConfig(PluginConfig):
    name = "forgotten_ready"
    verbose_name = "Forgotten ready"
    version = "1.0"
    base_url = "forgotten-ready"
    search_indexes = "resources.search_indexes"

    def ready(self):
        pass


config = ForgottenReadyConfig
