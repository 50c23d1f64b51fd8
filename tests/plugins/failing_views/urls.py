from __future__ import annotations

from django.urls import include, path
from utilities.urls import get_model_urls

from . import views  # noqa: F401

urlpatterns = [path("failing/<int:pk>/", include(get_model_urls("failing_views", "failing")))]
