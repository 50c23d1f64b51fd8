"""The pages below ``/plugins/plugin-reloader/``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path


def page(name: str) -> Callable[..., HttpResponse]:
    """Return what answers with the class ``name`` of the module ``views``, which the first request for a page loads.

    Most processes are never asked for one, and all of them load their URLs.
    """

    def view(request: HttpRequest, **arguments: Any) -> HttpResponse:
        from .ui import views

        response: HttpResponse = getattr(views, name).as_view()(request, **arguments)
        return response

    return view


urlpatterns = [
    path("", page("StatusView"), name="status"),
    path("rows/", page("RowsView"), name="rows"),
    path("processes/", page("ProcessesView"), name="processes"),
    path("recycle/", page("RecycleView"), name="recycle"),
    path("run-again/", page("RunAgainView"), name="run_again"),
    # What has no app config is named by its label, which may be any text.
    path("plugins/<path:name>/", page("PluginView"), name="plugin"),
]
