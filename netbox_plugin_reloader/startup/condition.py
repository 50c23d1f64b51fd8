"""What is wrong with this NetBox besides what a pass compares: skipped plugins, pages, migrations, other processes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from django.core import checks

from ..compat.installation import management_command
from ..migrations import rows_of_migrations
from ..plugins import (
    NETBOX,
    changed_on_disk,
    companion_configs,
    owner_of_module,
    plugin_configs,
    skipped_plugins,
)
from ..processes.announcements import announced
from ..processes.cache import is_away
from ..processes.host import WORKER
from ..processes.servers import RESTART_BACKGROUND_WORKERS
from ..repair.template_extensions import misplaced_extensions
from ..repair.unreachable_views import unreachable_views
from ..report import SKIPPED, Kind, Row, error_text
from ..support import why_skipped
from .urlconf import load_urlconf

if TYPE_CHECKING:
    from ..processes.announcements import Announcement
    from ..report import Report

logger = logging.getLogger(__name__)


class Condition(NamedTuple):
    """What was found, as rows of the report.

    ``conflicts`` are for the authors of plugins, and ``failures`` are what stops NetBox or its pages.
    """

    findings: tuple[Row, ...] = ()
    conflicts: tuple[Row, ...] = ()
    failures: tuple[Row, ...] = ()

    def joined_to(self, report: Report) -> Report:
        """Return ``report`` with these rows."""
        return report.with_rows(findings=self.findings, failures=self.failures, conflicts=self.conflicts)


def condition(*, system_checks: bool = False) -> Condition:
    """Examine this NetBox, and change nothing.

    ``system_checks`` adds the errors of Django's system checks. It is for commands, because it takes seconds. Loads
    NetBox's URLconf, and asks the database, NetBox's cache and RQ. If one of them does not answer, that is a failure in
    the result, and never an exception.
    """
    failures: list[Row] = []
    failures.extend(_attempt("pages", _pages, failures))
    # The checks load the pages too, and would fail in the same way.
    if system_checks and not failures:
        failures.extend(_attempt("system checks", _system_checks, failures))
    failures.extend(_attempt("migrations", rows_of_migrations, failures))
    findings = [
        *_attempt("plugins", _skipped, failures),
        *_attempt("files", _changed, failures),
        *_attempt("processes", _processes, failures),
    ]
    conflicts = [
        *_attempt("views", unreachable_views, failures),
        *_attempt("template extensions", misplaced_extensions, failures),
    ]
    return Condition(*map(tuple, (findings, conflicts, failures)))


def _attempt(subject: str, look: Callable[[], Iterable[Row]], failures: list[Row]) -> list[Row]:
    """Return what ``look`` finds. If it raises, nobody knows: that is added to ``failures``."""
    try:
        return list(look())
    except Exception as error:
        # The report tells its reader, and the log has named the server that does not answer.
        logger.debug("NetBox's %s cannot be examined now: %s", subject, error_text(error))
        failures.append(Row(Kind.RELOAD, "netbox", f"look at {subject}", (error_text(error),)))
        return []


def _pages() -> Iterator[Row]:
    found = load_urlconf(log_level=logging.DEBUG)
    if found is not None:
        yield Row(Kind.PAGES, found.plugin, "all pages", found.names)


def _system_checks() -> Iterator[Row]:
    configs = [*plugin_configs(), *companion_configs()]
    for message in checks.run_checks():
        if message.level >= checks.ERROR:
            module = getattr(message.obj, "__module__", None) or type(message.obj).__module__
            owner = owner_of_module(str(module), configs)
            yield Row(Kind.SYSTEM_CHECK, owner, message.id or "error", (str(message.msg),))


def _skipped() -> Iterator[Row]:
    for name in skipped_plugins():
        yield Row(Kind.READY, name, SKIPPED, (why_skipped(name),))


def _changed() -> Iterator[Row]:
    for name, changed in changed_on_disk().items():
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(changed))
        problem = f"was installed or changed at {when}, after this process loaded it; {_restart()}"
        yield Row(Kind.PROCESS, name, "this process", (problem,))


def _processes() -> Iterator[Row]:
    by_difference: dict[tuple[str, str, str], list[Announcement]] = {}
    for process in announced():
        for difference in process.differences():
            by_difference.setdefault(difference, []).append(process)
    if is_away():
        raise ConnectionError("NetBox's cache does not answer, so it is not known which processes there are")
    for (name, theirs, here), processes in by_difference.items():
        numbers = ", ".join(f"{process.process.pid} on {process.process.host}" for process in processes)
        are_workers = all(process.process.kind == WORKER for process in processes)
        what_to_do = f"run {RESTART_BACKGROUND_WORKERS}" if are_workers else _restart()
        yield Row(Kind.PROCESS, name, numbers, (f"{_said(name, theirs, here)}; {what_to_do}",))


def _said(name: str, theirs: str, here: str) -> str:
    if name == NETBOX:
        return f"run NetBox {theirs}, but {here} is installed"
    if not theirs:
        return f"do not run {name} {here}, which is installed"
    return f"run {name} {theirs}, but {f'{here} is installed' if here else 'it is not loaded any more'}"


def _restart() -> str:
    return f"restart NetBox's services, or run {management_command('plugin_reloader recycle')}"
