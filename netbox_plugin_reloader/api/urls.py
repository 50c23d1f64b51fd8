"""The endpoints below ``/api/plugins/plugin-reloader/``."""

from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [
    path("", views.RootView.as_view(), name="api-root"),
    path("status/", views.StatusView.as_view(), name="status"),
    path("processes/", views.ProcessesView.as_view(), name="processes"),
    path("recycle/", views.RecycleView.as_view(), name="recycle"),
    path("reload/", views.ReloadView.as_view(), name="reload"),
]
