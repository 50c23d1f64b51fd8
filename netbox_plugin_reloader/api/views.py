"""The report of the answering process as JSON, and a pass on request; superusers only."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import APIException
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from ..compat import UnsupportedNetBoxVersion
from ..reload import complete_report
from ..startup import run_again, why_no_report
from .serializers import PluginReloaderErrorSerializer, PluginReloaderReportSerializer

RESPONSES = {200: PluginReloaderReportSerializer, 503: PluginReloaderErrorSerializer}


class IsSuperuser(BasePermission):  # type: ignore[misc]
    """Superusers may read; with a token they may run a pass only if the token is enabled for writing."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if request.method not in SAFE_METHODS and not getattr(request.auth, "write_enabled", True):
            return False
        return bool(getattr(request.user, "is_superuser", False))


class NoReport(APIException):  # type: ignore[misc]
    """There is no report that could be given; ``detail`` says why."""

    status_code = 503
    default_code = "no_report"


@extend_schema(exclude=True)
class RootView(APIView):  # type: ignore[misc]
    """NetBox Plugin Reloader's API."""

    permission_classes = (IsSuperuser,)

    def get_view_name(self) -> str:
        return "Plugin Reloader"

    def get(self, request: Request) -> Response:
        """Return where the endpoints are."""
        namespace = "plugins-api:netbox_plugin_reloader-api"
        return Response({name: reverse(f"{namespace}:{name}", request=request) for name in ("reload", "status")})


class StatusView(APIView):  # type: ignore[misc]
    """The report of all reload passes of the answering process."""

    permission_classes = (IsSuperuser,)

    def get_view_name(self) -> str:
        return "Status"

    @extend_schema(responses=RESPONSES)  # type: ignore[untyped-decorator]
    def get(self, request: Request) -> Response:
        """Return the report of all reload passes of the answering process."""
        report = complete_report()
        if report is None:
            raise NoReport(why_no_report())
        return Response(report.as_dict())


class ReloadView(APIView):  # type: ignore[misc]
    """Runs a reload pass."""

    permission_classes = (IsSuperuser,)

    def get_view_name(self) -> str:
        return "Reload"

    @extend_schema(request=None, responses=RESPONSES)  # type: ignore[untyped-decorator]
    def post(self, request: Request) -> Response:
        """Run a reload pass in the answering process, and return the report of all its passes."""
        try:
            report = run_again()
        except UnsupportedNetBoxVersion as error:
            raise NoReport(f"{error}.") from error
        return Response(report.as_dict())
