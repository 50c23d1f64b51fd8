from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [path("count/", views.count, name="count")]
views.register()
