"""For superusers: the report of the answering process, all processes, a pass on request, and new workers.

Every web process loads this module. What only an answer or the OpenAPI schema needs is imported when it is needed.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiViewExtension
from rest_framework.exceptions import APIException, NotFound
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from ..compat import why_unsupported
from ..processes.announcements import Announcement, announced
from ..processes.following import wait_for
from ..processes.generation import current_generation
from ..startup.on_request import current_report, run_everywhere, why_no_report
from ..ui.client_address import client_address

NAMES = ("processes", "recycle", "reload", "status")


class IsSuperuser(BasePermission):  # type: ignore[misc]
    """Superusers may read. With a token they may change something only if the token is enabled for writing."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if request.method not in SAFE_METHODS and not getattr(request.auth, "write_enabled", True):
            return False
        return bool(getattr(request.user, "is_superuser", False))


class NoReport(APIException):  # type: ignore[misc]
    """There is no report; ``detail`` says why."""

    status_code = 503
    default_code = "no_report"


class Refused(APIException):  # type: ignore[misc]
    """The request cannot be met now; ``detail`` says why."""

    status_code = 409
    default_code = "refused"


def body_of(processes: list[Announcement], generation: int | None) -> dict[str, Any]:
    """Return the body of an answer that lists ``processes``."""
    return {"generation": generation, "processes": [process.with_state(generation) for process in processes]}


class SuperuserView(APIView):  # type: ignore[misc]
    """Answers superusers only, and is called ``title``: NetBox finds no name for a view without a queryset."""

    permission_classes = (IsSuperuser,)
    title: str

    def get_view_name(self) -> str:
        return self.title


class SuperuserViewExtension(OpenApiViewExtension):  # type: ignore[misc]
    """Tells drf-spectacular what these views read and return, when it makes NetBox's OpenAPI schema."""

    target_class = SuperuserView
    match_subclasses = True

    def view_replacement(self) -> type[APIView]:
        """Return the view with the annotations of :mod:`.schema`."""
        from .schema import annotated

        return annotated(self.target)


class RootView(SuperuserView):
    """NetBox Plugin Reloader's API."""

    title = "Plugin Reloader"

    def get(self, request: Request) -> Response:
        """Return where the endpoints are."""
        namespace = "plugins-api:netbox_plugin_reloader-api"
        return Response({name: reverse(f"{namespace}:{name}", request=request) for name in NAMES})


class StatusView(SuperuserView):
    """The report of all reload passes of the answering process."""

    title = "Status"

    def get(self, request: Request) -> Response:
        """Return the report of all reload passes of the answering process."""
        report = current_report()
        if report is None:
            raise NoReport(why_no_report())
        return Response(report.as_dict())


class ReloadView(SuperuserView):
    """Runs a reload pass in every process of NetBox."""

    title = "Reload"

    def post(self, request: Request) -> Response:
        """Run a reload pass in the answering process, make all others follow, and return its report and the processes.

        A web process follows before one of its next requests, a background worker before its next job.
        """
        from .serializers import PluginReloaderWaitSerializer

        options = PluginReloaderWaitSerializer(data=request.data)
        options.is_valid(raise_exception=True)
        if reason := why_unsupported():
            raise NoReport(reason)
        report, generation = run_everywhere(f"{request.user} (REST API at {client_address(request)})")
        processes = wait_for(generation, options.validated_data["wait"]).processes
        return Response({**body_of(processes, generation), "report": report.as_dict()})


class ProcessesView(SuperuserView):
    """NetBox's processes."""

    title = "Processes"

    def get(self, request: Request) -> Response:
        """Return which processes of NetBox there are, and whether they have followed and run the same plugins."""
        return Response(body_of(announced(), current_generation()))


class RecycleView(SuperuserView):
    """The replacement of the application server's workers."""

    title = "Recycle"

    def get(self, request: Request) -> Response:
        """Return who asked for new workers last, and how that ended."""
        from ..recycle.requests import last_request

        found = last_request()
        if found is None:
            raise NotFound("Nobody has asked for new workers yet.")
        return Response(found.as_dict())

    def post(self, request: Request) -> Response:
        """Begin to replace the workers of the answering host's application server, one at a time."""
        from ..recycle.lock import RecycleRefused
        from ..recycle.requests import recycle_in_background

        try:
            begun = recycle_in_background(request.user.get_username(), "REST API", client_address(request))
        except RecycleRefused as error:
            raise Refused(str(error)) from error
        return Response(begun.as_dict(), status=202)
