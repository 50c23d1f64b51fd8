"""The pages below ``/plugins/plugin-reloader/``."""

from __future__ import annotations

from django.urls import path

from .ui import views

urlpatterns = [
    path("", views.StatusView.as_view(), name="status"),
    path("rows/", views.RowsView.as_view(), name="rows"),
    path("processes/", views.ProcessesView.as_view(), name="processes"),
    path("recycle/", views.RecycleView.as_view(), name="recycle"),
    path("run-again/", views.RunAgainView.as_view(), name="run_again"),
    # An app without an app config is named by its label, which may be any text.
    path("plugins/<path:name>/", views.PluginView.as_view(), name="plugin"),
]
