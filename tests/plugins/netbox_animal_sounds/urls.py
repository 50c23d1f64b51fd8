"""URLs, all from the views that are registered for the models."""

from __future__ import annotations

from django.urls import include, path
from utilities.urls import get_model_urls

from . import views  # noqa: F401
from .models import MORE_MODELS

if MORE_MODELS:
    from . import more_views  # noqa: F401

urlpatterns = [
    path("animals/", include(get_model_urls("netbox_animal_sounds", "animal", detail=False))),
    path("animals/<int:pk>/", include(get_model_urls("netbox_animal_sounds", "animal"))),
    path("sounds/", include(get_model_urls("netbox_animal_sounds", "sound", detail=False))),
    path("sounds/<int:pk>/", include(get_model_urls("netbox_animal_sounds", "sound"))),
]

for model in MORE_MODELS:
    name = model._meta.model_name
    urlpatterns += [
        path(f"{name}s/", include(get_model_urls("netbox_animal_sounds", name, detail=False))),
        path(f"{name}s/<int:pk>/", include(get_model_urls("netbox_animal_sounds", name))),
    ]
