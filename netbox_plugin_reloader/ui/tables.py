"""What the status page shows of a report, as NetBox's tables; no database except for the user's own preferences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from netbox.tables import BaseTable

from ..processes.announcements import BEHIND, OTHER_NETBOX, OTHER_PLUGINS, UNKNOWN, UP_TO_DATE, Announcement
from ..report import SKIPPED, STATES, Kind, Report, Row, joined
from .advice import attention
from .text import what_differs

PROCESS_COLORS = {
    UP_TO_DATE: "success",
    BEHIND: "warning",
    OTHER_PLUGINS: "danger",
    OTHER_NETBOX: "danger",
    UNKNOWN: "secondary",
}
"""The states of a process, and the colour of a badge for each."""

NAMES = 20
"""How many names one line shows: a row of the report with more names takes several lines."""

COLORS = {"failures": "danger", "conflicts": "orange", "findings": "warning", "repairs": "success"}
"""The report's lists of rows, and the colour of a badge for each."""


def badge(text: object, color: str) -> str:
    """Return NetBox's badge."""
    return format_html('<span class="badge text-bg-{}">{}</span>', color, text)


def plugin_url(value: str) -> str:
    """Return the address of the page of the plugin with the name ``value``."""
    return reverse("plugins:netbox_plugin_reloader:plugin", kwargs={"name": value})


def plugin_lines(report: Report) -> list[dict[str, Any]]:
    """Return a line for each plugin, the worst first."""
    counts = {state: Counter(row.plugin for row in getattr(report, state)) for state in STATES}
    early_imports = Counter(early.plugin for early in report.early_imports)
    lines = [
        {
            "name": plugin.name,
            "version": plugin.version,
            "models": plugin.models,
            **{state: counts[state][plugin.name] for state in STATES},
            "early_imports": early_imports[plugin.name],
        }
        for plugin in report.plugins
    ]
    lines += [
        {"name": row.plugin, "version": SKIPPED, "models": None, **dict.fromkeys(STATES, 0), "findings": 1}
        for row in report.findings
        if row.kind is Kind.READY and row.subject == SKIPPED
    ]
    return sorted(
        lines, key=lambda line: (*(-line[state] for state in STATES), -line.get("early_imports", 0), line["name"])
    )


def row_lines(report: Report, plugin: str | None = None) -> list[dict[str, Any]]:
    """Return lines for each row of the report, or of one ``plugin``: the worst first, and repairs last."""
    return [
        {
            "state": state,
            "rank": rank,
            "plugin": row.plugin,
            "kind": row.kind.value,
            "subject": row.subject,
            "names": joined(names),
        }
        for rank, state in enumerate(STATES)
        for row in getattr(report, state)
        if plugin is None or row.plugin == plugin
        for names in _portions(row)
    ]


def attention_lines(report: Report) -> list[tuple[str, str, list[Row], str]]:
    """Return what is not repaired, the worst first: what that is called, its colour, the rows, and what to do."""
    return [(STATES[state], COLORS[state], rows, what_to_do) for state, what_to_do, rows in attention(report)]


def process_lines(processes: Iterable[Announcement], generation: int | None) -> list[dict[str, Any]]:
    """Return a line for each process, with what it runs in another release than this one."""
    return [
        {
            **process.with_state(generation),
            "started": datetime.fromtimestamp(process.started, tz=timezone.utc),
            "differences": what_differs(process),
        }
        for process in processes
    ]


def _portions(row: Row) -> Iterator[tuple[str, ...]]:
    yield row.names[:NAMES]
    for start in range(NAMES, len(row.names), NAMES):
        yield row.names[start : start + NAMES]


def counts(report: Report, plugin: str | None = None) -> list[tuple[str, str, int]]:
    """Return what a row of each state is called, its colour, and how many the report, or one ``plugin``, has."""
    return [
        (title, COLORS[state], sum(plugin is None or row.plugin == plugin for row in getattr(report, state)))
        for state, title in STATES.items()
    ]


class CountColumn(tables.Column):  # type: ignore[misc]
    """A number, as a badge; zero is not shown."""

    def __init__(self, color: str, verbose_name: str) -> None:
        super().__init__(verbose_name=verbose_name)
        self.color = color

    def render(self, value: int) -> str:
        return badge(value, self.color) if value else ""


# NetBox keeps a user's preferences for a table under the name of its class, so these names must be our own.
class ReloaderPluginTable(BaseTable):  # type: ignore[misc]
    """The installed plugins, and how much was found and repaired for each."""

    name = tables.Column(verbose_name="Plugin", linkify=plugin_url)
    version = tables.Column()
    models = tables.Column()
    failures = CountColumn(COLORS["failures"], STATES["failures"])
    conflicts = CountColumn(COLORS["conflicts"], STATES["conflicts"])
    findings = CountColumn(COLORS["findings"], STATES["findings"])
    repairs = CountColumn(COLORS["repairs"], STATES["repairs"])
    early_imports = CountColumn("secondary", "Loaded early")

    class Meta(BaseTable.Meta):  # type: ignore[misc]
        empty_text = "No plugins are installed"
        fields: tuple[str, ...] = ("name", "version", "models", *STATES, "early_imports")
        default_columns = fields


class ReloaderRowTable(BaseTable):  # type: ignore[misc]
    """The rows of a report."""

    state = tables.Column(order_by="rank")
    plugin = tables.Column(linkify=plugin_url)
    kind = tables.Column()
    subject = tables.Column()
    names = tables.Column(orderable=False)

    class Meta(BaseTable.Meta):  # type: ignore[misc]
        empty_text = "Nothing was wrong"
        fields: tuple[str, ...] = ("state", "plugin", "kind", "subject", "names")
        default_columns = fields

    def render_state(self, value: str) -> str:
        return badge(STATES[value], COLORS[value])


class ReloaderProcessTable(BaseTable):  # type: ignore[misc]
    """NetBox's processes."""

    host = tables.Column()
    pid = tables.Column(verbose_name="Process")
    kind = tables.Column()
    server = tables.Column()
    state = tables.Column()
    started = tables.DateTimeColumn()
    differences = tables.Column(verbose_name="Runs other releases", orderable=False)

    class Meta(BaseTable.Meta):  # type: ignore[misc]
        empty_text = "No process is known"
        fields: tuple[str, ...] = ("host", "pid", "kind", "server", "state", "started", "differences")
        default_columns = fields

    def render_state(self, value: str) -> str:
        return badge(value, PROCESS_COLORS[value])
