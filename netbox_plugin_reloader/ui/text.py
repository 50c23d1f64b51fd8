"""The report as lines for a terminal, in the colours of Django's commands."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..compat import line_of, starts_only_with_all_plugins
from ..compat.installation import installed_version
from ..plugins import NETBOX
from ..processes.announcements import UNKNOWN, Announcement, plugin_versions
from ..repair.outcome import Outcome
from ..report import SKIPPED, STATES, Kind, Report, Row, joined
from ..support import Support
from .advice import attention

LOADED_EARLY = "Loaded before the last plugin was ready:"
COLUMNS = ("plugin", "version", "models", "repaired", "not repaired")
PROCESS_COLUMNS = ("host", "server", "kind", "state", "pid", "up for")


def status_lines(report: Report, style: Any, *, verbosity: int) -> Iterator[str]:
    """Yield the table of plugins, what is not repaired, what was loaded early and what was repaired.

    ``style`` is a command's. ``verbosity`` 0 gives only the summary and what is not repaired; from 2 on, each repair
    has all its names.
    """
    yield (style.WARNING if report.unrepaired else style.SUCCESS)(report.summary())
    yield from unrepaired_lines(report, style)
    if verbosity < 1:
        return
    yield ""
    yield from _table([COLUMNS, *_plugin_cells(report)], style, texts=2)
    yield ""
    yield (
        f"NetBox {report.netbox_version}, NetBox Plugin Reloader {report.version} with its rules for NetBox "
        f"{report.strategy}."
    )
    if report.early_imports:
        yield ""
        if verbosity > 1:
            yield from early_import_lines(report.as_dict()["early_imports"], style)
        else:
            yield from _culprit_lines(report, style)
    if report.repairs:
        yield ""
        yield style.MIGRATE_HEADING("Repaired:")
        for (kind, subject), rows in _grouped(report.repairs).items():
            yield f"  {kind.value} {style.MIGRATE_LABEL(subject)}: {_repaired(rows)}{_frozen_by(report, rows[0])}"
            if verbosity > 1:
                yield from (f"    {row.plugin}: {joined(row.names)}" for row in rows)


def unrepaired_lines(report: Report, style: Any) -> Iterator[str]:
    """Yield what is still wrong and what to do about it, the worst first, or nothing."""
    last = ""
    for state, what_to_do, rows in attention(report):
        if state != last:
            yield style.ERROR(f"{STATES[state]}:")
            last = state
        yield from (f"  {row}" for row in rows)
        if what_to_do:
            yield f"  → {what_to_do}"


def object_type_lines(outcome: Outcome, style: Any, *, dry_run: bool, removed: bool) -> Iterator[str]:
    """Yield each row that changed, or with ``dry_run`` would change, with its fields, and what could not be hidden."""
    changed = outcome.repairs
    if dry_run:
        changed = outcome.stale + (outcome.removed if removed else ())
    left = () if removed else outcome.removed
    for row in changed:
        yield f"{'would change' if dry_run else 'changed'}: {style.MIGRATE_LABEL(row.subject)}: {joined(row.names)}"
    yield from (f"{style.ERROR('failed')}: {row}" for row in outcome.failures)
    if left:
        yield (f"models that are gone, and that --removed-plugins would hide: {', '.join(row.subject for row in left)}")
    yield from (f"not hidden, because something uses it: {row}" for row in outcome.held)
    if not (changed or left or outcome.held or outcome.failures):
        yield style.SUCCESS("All rows of object types are right.")


def process_lines(processes: Sequence[Announcement], generation: int | None, style: Any) -> Iterator[str]:
    """Yield a table of NetBox's processes, which of them are behind ``generation``, and the plugins of each."""
    if processes:
        cells = (
            (
                process.process.host,
                process.server,
                process.process.kind,
                process.state(generation),
                str(process.process.pid),
                f"{max(0, int(time.time() - process.started))} s",
            )
            for process in processes
        )
        yield from _table([PROCESS_COLUMNS, *cells], style, texts=4)
        yield f"Installed: {versions_here()}"
        by_difference: dict[str, list[str]] = {}
        for process in processes:
            by_difference.setdefault(what_differs(process), []).append(
                f"{process.process.pid} on {process.process.host}"
            )
        for difference, names in by_difference.items():
            if difference:
                yield f"But {', '.join(names)}: {difference}"
    else:
        yield style.WARNING("No process that serves NetBox is known.")


def versions_here() -> str:
    """Return the NetBox on this host's disk, and the plugins that this process has loaded, with their versions."""
    plugins = [f"{name} {version}" for name, version in sorted(plugin_versions().items())]
    return joined([f"NetBox {installed_version() or UNKNOWN}", *plugins])


def what_differs(process: Announcement) -> str:
    """Return what ``process`` runs in another release than this one, or an empty text."""
    if not process.netbox_version:
        return f"what it runs is {UNKNOWN}"
    return joined(
        f"{'NetBox' if name == NETBOX else name} {theirs or 'not loaded'} instead of {here or 'nothing'}"
        for name, theirs, here in process.differences()
    )


def upgrade_lines(netbox_version: str, found: Sequence[Support], style: Any) -> Iterator[str]:
    """Yield what each plugin says about a NetBox that is not installed yet, beginning with those that exclude it."""
    missing = [support for support in found if support.admitted is False]
    silent = [support for support in found if support.admitted is None]
    end = "NetBox would not start" if starts_only_with_all_plugins(netbox_version) else "NetBox would skip them"
    if missing:
        yield style.ERROR(f"Not on NetBox {netbox_version}: {', '.join(support.name for support in missing)}. {end}.")
    else:
        yield style.SUCCESS(f"No plugin excludes NetBox {netbox_version}.")
    if silent:
        names = ", ".join(support.name for support in silent)
        yield style.WARNING(f"Not known for these, which name no newest NetBox: {names}.")
    if not line_of(netbox_version):
        yield style.WARNING(
            f"This release of NetBox Plugin Reloader does not know NetBox {netbox_version}. Upgrade to the release for "
            "that line at the same time, or do without it until there is one."
        )
    yield ""
    says = {True: "supports it", None: "says nothing", False: "excludes it"}
    ordered = sorted(found, key=lambda support: [False, None, True].index(support.admitted))
    cells = [(support.name, support.version, support.limits or "-", says[support.admitted]) for support in ordered]
    yield from _table([("plugin", "version", "NetBox", "says"), *cells], style, texts=4)


def early_import_lines(early_imports: Sequence[Mapping[str, Any]], style: Any) -> Iterator[str]:
    """Yield which plugin loaded which module early and how; the shape is that of :meth:`Report.as_dict`."""
    if not early_imports:
        yield style.SUCCESS("Before the last plugin is ready, no plugin loads a module that copies the registry.")
        return
    yield style.MIGRATE_HEADING(LOADED_EARLY)
    for early in early_imports:
        yield f"  {style.MIGRATE_LABEL(early['module'])} by {style.WARNING(early['plugin'])}"
        yield from (f"    {step['file']}:{step['line']} ({step['module']})" for step in early["chain"])


def _culprit_lines(report: Report, style: Any) -> Iterator[str]:
    yield style.MIGRATE_HEADING(LOADED_EARLY)
    for culprit, names in report.culprits.items():
        yield f"  by {style.WARNING(culprit)}: {', '.join(names)}"


def _frozen_by(report: Report, row: Row) -> str:
    for early in report.early_imports:
        if early.froze(row):
            return f"; frozen by {early.culprit}"
    return ""


def _repaired(rows: Sequence[Row]) -> str:
    count = sum(len(row.names) for row in rows)
    plugins = [row.plugin for row in rows if row.plugin != "netbox"]
    return f"{count} {'entry' if count == 1 else 'entries'}" + (f" of {', '.join(plugins)}" if plugins else "")


def _grouped(rows: Sequence[Row]) -> dict[tuple[Kind, str], list[Row]]:
    grouped: dict[tuple[Kind, str], list[Row]] = {}
    for row in rows:
        grouped.setdefault((row.kind, row.subject), []).append(row)
    return grouped


def _plugin_cells(report: Report) -> Iterator[tuple[str, ...]]:
    for plugin in report.plugins:
        repaired = sum(row.plugin == plugin.name for row in report.repairs)
        unrepaired = sum(row.plugin == plugin.name for row in report.unrepaired)
        yield plugin.name, plugin.version, *map(_quiet, (plugin.models, repaired, unrepaired))
    for row in report.findings:
        if row.kind is Kind.READY and row.subject == SKIPPED:
            yield row.plugin, SKIPPED, "-", "-", "1"


def _quiet(number: int) -> str:
    return str(number) if number else "-"


def _table(rows: Sequence[Sequence[str]], style: Any, *, texts: int) -> Iterator[str]:
    """Yield the rows with the first ``texts`` columns on the left, and the numbers after them on the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for position, row in enumerate(rows):
        cells = [cell.ljust(width) for cell, width in zip(row[:texts], widths, strict=False)]
        cells += [cell.rjust(width) for cell, width in zip(row[texts:], widths[texts:], strict=True)]
        line = "  ".join(cells)
        yield style.MIGRATE_HEADING(line) if position == 0 else line
