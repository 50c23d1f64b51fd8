"""What several tests pass off as real: a report, the announcement of another process, a cache that is away."""

from __future__ import annotations

import os
import socket
from io import StringIO

from django.core.management import CommandError, call_command

from netbox_plugin_reloader.compat import running_version
from netbox_plugin_reloader.processes.announcements import Announcement
from netbox_plugin_reloader.processes.host import birth_of, identity_of, place
from netbox_plugin_reloader.report import (
    EarlyImport,
    ImportStep,
    Kind,
    Needs,
    PluginSummary,
    Process,
    Report,
    Row,
)

HTML = "<script>alert(1)</script>"
REPORT = Report(
    netbox_version="4.5.10",
    strategy="4.5",
    version="4.7.5",
    process=Process("netbox-1", 4711, "web"),
    plugins=(
        PluginSummary("healthy", "1.0", 3),
        PluginSummary("mended", "", 2),
        PluginSummary("broken", "2.0", 4, Needs("4.4.0", "4.7.99", ("url", "token"), ("companion",))),
    ),
    early_imports=(EarlyImport("extras.forms", "broken", (ImportStep("broken.models", "/broken/models.py", 12),)),),
    repairs=(
        Row(Kind.VIEWS, "mended", "mended.thing", ("journal",)),
        Row(Kind.NAVIGATION, "netbox", "menus", tuple(f"menu-{number}" for number in range(45))),
    ),
    findings=(Row(Kind.READY, "broken", "ready()", ("does not call super().ready()",)),),
    conflicts=(Row(Kind.VIEWS, "broken", "broken.thing", ("edit",)),),
    failures=(Row(Kind.REGISTRATION, "broken", "broken.thing", (f"ValueError: {HTML}",)),),
)


def announcement(pid=0, host="netbox-1", server="gunicorn", **values):
    values = {"kind": "web", "generation": 1, "started": 1.0, "plugins": {}, "master": 1, **values}
    values = {"netbox_version": running_version(), **values}
    process = Process(host, pid or os.getpid(), values.pop("kind"))
    if host == socket.gethostname():
        seen = {"place": place(), "birth": birth_of(process.pid), "master_identity": identity_of(values["master"])}
        values = {**seen, **values}
    return Announcement(process=process, server=server, **values)


def call(*arguments, **options):
    """Return all that our command prints."""
    out = StringIO()
    call_command("plugin_reloader", *arguments, stdout=out, stderr=out, no_color=True, **options)
    return out.getvalue()


def output_of(*arguments, command="plugin_reloader", **options):
    """Return all that a command prints, and if it fails, its error as it is told to people."""
    out = StringIO()
    try:
        call_command(command, *arguments, stdout=out, stderr=out, no_color=True, **options)
    except CommandError as error:
        out.write(f"CommandError: {error}\n")
    return out.getvalue()


class NoCache:
    def __getattr__(self, name):
        raise ConnectionError("nobody there")
