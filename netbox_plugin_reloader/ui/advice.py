"""What to do about what is not repaired."""

from __future__ import annotations

from ..compat.installation import management_command
from ..migrations import NO_TABLE
from ..repair.object_types import APP_GONE, MODEL_GONE, SEQUENCE_BEHIND
from ..report import SKIPPED, Kind, Report, Row

COMMAND = "plugin_reloader"
LOG = "NetBox's log has the error. Please report it."
TELL = "Tell the author of the plugin."
INSTALL = "Install a release of the plugin that supports your NetBox, or take it out of PLUGINS."
NOT_LOADED = "Tell the author of the plugin: its ready() must call super().ready(), and its modules must be importable."
BEHIND = "Put the plugin after those others in PLUGINS."
PAGES = "Take the plugin out of PLUGINS, or install another release of it."


def repair_rows() -> str:
    """Return what to do about a row of object types that is missing or wrong."""
    return f"Run {management_command(f'{COMMAND} repair')}."


def hide_rows() -> str:
    """Return what to do about the row of a model that is gone."""
    return f"Install the plugin again, or run {management_command(f'{COMMAND} repair --removed-plugins')}."


def release_rows() -> str:
    """Return what to do about the row of a model that is gone, and that something points to."""
    command = management_command(f"{COMMAND} repair --removed-plugins")
    return f"Install the plugin again, or take the model out of what uses it and run {command}."


def advice(state: str, row: Row) -> str:
    """Return what to do about ``row``, which stands in the report's list ``state``; empty if the row says so itself."""
    if row.kind is Kind.PROCESS:
        return ""
    if state == "failures":
        return _about_failure(row)
    if state == "conflicts":
        return TELL
    if row.kind is Kind.OBJECT_TYPES:
        return _about_object_type(row)
    if row.kind is Kind.READY:
        return INSTALL if row.subject == SKIPPED else NOT_LOADED
    if row.kind in (Kind.CHOICES, Kind.FEATURE):
        return BEHIND
    return LOG


def _about_failure(row: Row) -> str:
    if row.kind is Kind.PAGES:
        return PAGES if row.plugin != "netbox" else ""
    if row.kind is Kind.MIGRATIONS:
        return TELL if row.names[0].startswith(NO_TABLE) else f"Run {management_command('migrate')}."
    if row.kind is Kind.SYSTEM_CHECK:
        return f"Run {management_command('check')}, which says more."
    if row.kind is Kind.OBJECT_TYPES and SEQUENCE_BEHIND in row.names[0]:
        return ""
    # A row about what could not be examined names the server that does not answer.
    return "" if row.kind is Kind.RELOAD and row.subject.startswith("look at ") else LOG


def _about_object_type(row: Row) -> str:
    if row.subject == "all rows":
        return ""
    if row.names[:1] in ((APP_GONE,), (MODEL_GONE,)):
        return release_rows() if row.names[-1].startswith("still used by ") else hide_rows()
    return repair_rows()


def attention(report: Report) -> list[tuple[str, str, list[Row]]]:
    """Return what is not repaired, the worst first: the list of the report, what to do, and the rows it applies to."""
    found: dict[tuple[str, str], list[Row]] = {}
    for state in ("failures", "conflicts", "findings"):
        for row in getattr(report, state):
            found.setdefault((state, advice(state, row)), []).append(row)
    return [(state, what_to_do, rows) for (state, what_to_do), rows in found.items()]
