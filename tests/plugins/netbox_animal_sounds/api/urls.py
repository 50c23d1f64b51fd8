"""The endpoints."""

from __future__ import annotations

from netbox.api.routers import NetBoxRouter

from netbox_animal_sounds.models import MORE_MODELS

from . import serializers
from .views import AnimalViewSet, SoundViewSet, further_viewset

app_name = "netbox_animal_sounds"

router = NetBoxRouter()
router.register("animals", AnimalViewSet)
router.register("sounds", SoundViewSet)
for model in MORE_MODELS:
    viewset = further_viewset(model, getattr(serializers, f"{model.__name__}Serializer"))
    router.register(f"{model._meta.model_name}s", viewset)
urlpatterns = router.urls
