from __future__ import annotations

from django.urls import path

import circular_imports

if circular_imports.broken:
    from . import forms  # noqa: F401
from .views import RoundView

urlpatterns = [path("round/", RoundView.as_view(), name="round")]
