"""A plugin whose pages ask for new worker processes and tell how that ended, without a login."""

from __future__ import annotations

from netbox.plugins import PluginConfig


class AsksForWorkersConfig(PluginConfig):
    name = "asks_for_workers"
    verbose_name = "Asks for workers"
    version = "1.0"
    base_url = "asks-for-workers"


config = AsksForWorkersConfig
