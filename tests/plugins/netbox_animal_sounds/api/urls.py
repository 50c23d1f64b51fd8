"""The endpoints."""

from __future__ import annotations

from netbox.api.routers import NetBoxRouter

from .views import AnimalViewSet, SoundViewSet

app_name = "netbox_animal_sounds"

router = NetBoxRouter()
router.register("animals", AnimalViewSet)
router.register("sounds", SoundViewSet)
urlpatterns = router.urls
