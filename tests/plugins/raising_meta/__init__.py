"""A plugin that forgets NetBox's ready(); one of its models does not tell its name while ``raising`` is set."""

from __future__ import annotations

from plain_config import PlainConfig

raising = True


class RaisingMetaConfig(PlainConfig):
    def ready(self):
        from django.db.models.options import Options

        from .models import Nameless

        class RaisingOptions(Options):
            @property
            def model_name(self):
                if raising:
                    raise RuntimeError("this model has no name")
                return vars(self)["model_name"]

        Nameless._meta.__class__ = RaisingOptions


config = RaisingMetaConfig
