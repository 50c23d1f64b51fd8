"""A plugin that registers its model a second time, one view twice, and two views under one name."""

from __future__ import annotations

from plain_config import PlainConfig


class DoubledViewsConfig(PlainConfig):
    def ready(self):
        super().ready()
        from django.views.generic import View
        from netbox.models.features import register_models
        from utilities.views import register_model_view

        from .models import Doubled

        class First(View):
            pass

        class Second(View):
            pass

        register_models(Doubled)
        for view in (First, First, Second):
            register_model_view(Doubled, "contested")(view)
        for view in (First, First):
            register_model_view(Doubled, "repeated")(view)
        # Another path, and a list view: neither is the same registration.
        register_model_view(Doubled, "repeated", path="elsewhere")(First)
        register_model_view(Doubled, "repeated", detail=False)(First)


config = DoubledViewsConfig
