"""A plugin that registers something of every kind that NetBox copies at import or at first use."""

from __future__ import annotations

from plain_config import PlainConfig


class LateResourcesConfig(PlainConfig):
    data_backends = "resources.data_backends"
    menu = "resources.menu"
    menu_items = "resources.menu_items"
    search_indexes = "resources.search_indexes"
    user_preferences = "resources.user_preferences"

    def ready(self):
        super().ready()
        from netbox.events import EventType

        EventType("late_resources.happened", "Late resource happened").register()


config = LateResourcesConfig
