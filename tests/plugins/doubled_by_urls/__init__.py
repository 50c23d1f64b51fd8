"""A plugin whose URLs, when NetBox loads them, register a view again that its ``ready()`` has registered."""

from __future__ import annotations

from netbox.plugins import PluginConfig


class DoubledByUrlsConfig(PluginConfig):
    name = "doubled_by_urls"
    verbose_name = "Doubled by URLs"
    version = "1.0"
    base_url = "doubled-by-urls"

    def ready(self):
        super().ready()
        from .views import register

        register()


config = DoubledByUrlsConfig
