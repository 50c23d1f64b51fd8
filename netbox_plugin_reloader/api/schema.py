"""What each view of the REST API reads and returns, for NetBox's OpenAPI schema."""

from __future__ import annotations

from typing import cast

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.views import APIView

from . import views
from .serializers import (
    PluginReloaderErrorSerializer,
    PluginReloaderProcessesSerializer,
    PluginReloaderRecycleSerializer,
    PluginReloaderReloadedSerializer,
    PluginReloaderReportSerializer,
    PluginReloaderWaitSerializer,
)

ANNOTATIONS = {
    views.RootView: {"get": extend_schema(exclude=True)},
    views.StatusView: {
        "get": extend_schema(responses={200: PluginReloaderReportSerializer, 503: PluginReloaderErrorSerializer})
    },
    views.ReloadView: {
        "post": extend_schema(
            request=PluginReloaderWaitSerializer,
            responses={200: PluginReloaderReloadedSerializer, 503: PluginReloaderErrorSerializer},
        )
    },
    views.ProcessesView: {"get": extend_schema(responses={200: PluginReloaderProcessesSerializer})},
    views.RecycleView: {
        "get": extend_schema(responses={200: PluginReloaderRecycleSerializer, 404: PluginReloaderErrorSerializer}),
        "post": extend_schema(
            request=None, responses={202: PluginReloaderRecycleSerializer, 409: PluginReloaderErrorSerializer}
        ),
    },
}


def annotated(view: type[APIView]) -> type[APIView]:
    """Return a subclass of ``view`` whose methods have the annotations."""
    replacement: type[APIView] = type(view.__name__, (view,), {"__doc__": view.__doc__})
    return cast("type[APIView]", extend_schema_view(**ANNOTATIONS[view])(replacement))
