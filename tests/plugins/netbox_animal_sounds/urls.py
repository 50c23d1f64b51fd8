"""URLs, all from the views that are registered for the models."""

from __future__ import annotations

from django.urls import include, path
from utilities.urls import get_model_urls

from . import views  # noqa: F401

urlpatterns = [
    path("animals/", include(get_model_urls("netbox_animal_sounds", "animal", detail=False))),
    path("animals/<int:pk>/", include(get_model_urls("netbox_animal_sounds", "animal"))),
    path("sounds/", include(get_model_urls("netbox_animal_sounds", "sound", detail=False))),
    path("sounds/<int:pk>/", include(get_model_urls("netbox_animal_sounds", "sound"))),
]
