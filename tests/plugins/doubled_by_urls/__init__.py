"""A plugin whose URLs, when NetBox loads them, register a view again that its ``ready()`` has registered."""

from __future__ import annotations

from plain_config import PlainConfig


class DoubledByUrlsConfig(PlainConfig):
    def ready(self):
        super().ready()
        from .views import register

        register()


config = DoubledByUrlsConfig
