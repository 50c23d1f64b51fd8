"""A plugin that declares querysets and choices of its own, and whose ready() loads all that NetBox copies at import."""

from __future__ import annotations

from plain_config import PlainConfig


class FrozenFieldsConfig(PlainConfig):
    def ready(self):
        super().ready()
        import core.api.serializers  # noqa: F401
        import extras.api.serializers
        import extras.forms  # noqa: F401
        from netbox import preferences  # noqa: F401
        from netbox.navigation import menu
        from netbox.search.backends import search_backend

        from . import filtersets, forms, serializers  # noqa: F401

        search_backend.get_object_types()
        # Cached from 4.5.2 on, a list made at import before.
        getattr(menu, "get_menus", list)()


config = FrozenFieldsConfig
