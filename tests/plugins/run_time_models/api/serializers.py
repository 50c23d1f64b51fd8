"""NetBox serializes what it queues for event rules, and looks for a serializer by the model's name."""

from __future__ import annotations

from django.apps import apps
from netbox.api.serializers import NetBoxModelSerializer


def __getattr__(name):
    if name != "MadeSerializer":
        raise AttributeError(name)

    class Meta:
        model = apps.get_model("run_time_models", "made")
        fields = ("id", "display", "name")

    return type(name, (NetBoxModelSerializer,), {"Meta": Meta})
