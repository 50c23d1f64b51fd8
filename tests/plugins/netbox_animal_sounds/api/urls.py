"""The endpoints."""

from __future__ import annotations

from netbox.api.routers import NetBoxRouter

from netbox_animal_sounds import filtersets
from netbox_animal_sounds.models import MORE_MODELS, Animal, Sound

from . import serializers
from .views import viewset

app_name = "netbox_animal_sounds"

router = NetBoxRouter()
for model in (Animal, Sound, *MORE_MODELS):
    name = model.__name__
    serializer = getattr(serializers, f"{name}Serializer")
    router.register(f"{name.lower()}s", viewset(model, serializer, getattr(filtersets, f"{name}FilterSet", None)))
urlpatterns = router.urls
