"""A plugin whose models are described by rows of its table, and made in each process when somebody asks for them."""

from __future__ import annotations

from django.apps import apps
from plain_config import PlainConfig


class SharedModelsConfig(PlainConfig):
    def get_models(self, *args, **kwargs):
        if apps.ready:
            from .described import make_missing_classes

            make_missing_classes()
        return super().get_models(*args, **kwargs)

    def follow_models(self):
        from .described import forget_deleted_classes, make_missing_classes

        forget_deleted_classes()
        return make_missing_classes()


config = SharedModelsConfig
