"""A plugin whose get_models() queries the database, and fails, from its own ready() until start-up is over."""

from __future__ import annotations

from plain_config import PlainConfig


class RaisingModelsConfig(PlainConfig):
    starting = False

    def ready(self):
        type(self).starting = True

    def get_models(self, *args, **kwargs):
        if self.starting and not self.apps.ready:
            from django.db import connection

            with connection.cursor() as cursor:
                cursor.execute("SELECT no_such_column FROM no_such_table")
        return super().get_models(*args, **kwargs)


config = RaisingModelsConfig
