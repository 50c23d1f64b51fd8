"""The pages: what the passes of the answering process found and did, and all processes; superusers only.

Every web process loads this module, and few ever show a page of ours. So the tables, the texts and whatever replaces
workers are imported when a page needs them, which saves each process 170 kB.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import UserPassesTestMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.generic import View
from netbox.tables import BaseTable
from utilities.htmx import htmx_partial

from ..compat import why_unsupported
from ..configuration import setting
from ..processes.announcements import announced
from ..processes.generation import current_generation, raised_at
from ..report import Report
from ..startup.on_request import current_report, run_everywhere, why_no_report
from .client_address import client_address


class SuperuserView(UserPassesTestMixin, View):
    """Sends people who are not logged in to the login page, and answers 403 to users who are not superusers."""

    request: HttpRequest

    def test_func(self) -> bool:
        # NetBox 4.5 removed is_staff.
        return bool(getattr(self.request.user, "is_superuser", False))

    def page(self, template: str, table: BaseTable | None = None, **context: Any) -> HttpResponse:
        """Return the page, or the table alone if that is all that htmx asks for."""
        if table is not None:
            table.configure(self.request)
            if htmx_partial(self.request):
                template = "htmx/table.html"
        return render(self.request, template, {"table": table, **context})


class ReportView(SuperuserView):
    """A summary of this process's report, and a table of it; one sentence where there is no report."""

    tab: str

    def table_of(self, report: Report) -> BaseTable:
        """Return the table."""
        raise NotImplementedError

    def get(self, request: HttpRequest) -> HttpResponse:
        from .tables import attention_lines

        report = current_report()
        if report is None:
            return self.page("netbox_plugin_reloader/no_report.html", reason=why_no_report())
        return self.page(
            "netbox_plugin_reloader/status.html",
            self.table_of(report),
            report=report,
            attention=attention_lines(report),
            tab=self.tab,
        )


class StatusView(ReportView):
    """A line for each plugin."""

    tab = "plugins"

    def table_of(self, report: Report) -> BaseTable:
        from .tables import ReloaderPluginTable, plugin_lines

        return ReloaderPluginTable(plugin_lines(report))


class RowsView(ReportView):
    """All that was found and repaired, what is not repaired first."""

    tab = "rows"

    def table_of(self, report: Report) -> BaseTable:
        from .tables import ReloaderRowTable, row_lines

        return ReloaderRowTable(row_lines(report))


class PluginView(SuperuserView):
    """What was found and repaired for one plugin, or for NetBox itself."""

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        """Show what the report says about ``name``; 404 if that is nothing."""
        from .tables import ReloaderRowTable, counts, row_lines

        report = current_report()
        summary, lines, early_imports = None, [], []
        if report is not None:
            summary = next((plugin for plugin in report.plugins if plugin.name == name), None)
            lines = row_lines(report, name)
            early_imports = [early for early in report.early_imports if early.plugin == name]
        if report is None or not (summary or lines or early_imports):
            raise Http404(f"The report of the last reload pass does not name a plugin {name!r}")
        return self.page(
            "netbox_plugin_reloader/plugin.html",
            ReloaderRowTable(lines),
            name=name,
            summary=summary,
            counts=counts(report, name),
            early_imports=early_imports,
        )


class ProcessesView(SuperuserView):
    """A line for each process of NetBox, and the button that replaces those of the application server."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """List the processes, and say how the last replacement of workers ended."""
        from ..recycle.requests import last_request
        from .tables import ReloaderProcessTable, process_lines
        from .text import versions_here

        generation = current_generation()
        lines = process_lines(announced(), generation)
        return self.page(
            "netbox_plugin_reloader/processes.html",
            ReloaderProcessTable(lines),
            changed=raised_at(generation),
            installed=versions_here(),
            may_recycle=setting("recycle_workers"),
            recycle=last_request(),
            tab="processes",
        )


class RecycleView(SuperuserView):
    """Starts the replacement of the workers of this host's application server."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Start another process that replaces the workers, and show the processes."""
        from ..recycle.lock import RecycleRefused
        from ..recycle.requests import recycle_in_background

        try:
            recycle_in_background(request.user.get_username(), "page", client_address(request))
        except RecycleRefused as error:
            messages.error(request, str(error))
        else:
            messages.success(
                request, "NetBox's worker processes are being replaced. Reload this page to see the progress."
            )
        return redirect("plugins:netbox_plugin_reloader:processes")


class RunAgainView(SuperuserView):
    """Runs a pass in the answering process, and makes all others follow."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Run a pass, say what it left, and show the status page."""
        status = redirect("plugins:netbox_plugin_reloader:status")
        if reason := why_unsupported():
            messages.error(request, reason)
            return status
        report, generation = run_everywhere(f"{request.user} (page at {client_address(request)})")
        if generation is None:
            messages.warning(request, "NetBox's cache does not answer, so no other process hears of this.")
        if report.unrepaired:
            messages.warning(request, report.summary())
        else:
            messages.success(request, report.summary())
        return status
