"""The passes that people ask for: by a command, on a page, through the REST API."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ..compat import running_version, select, why_unsupported
from ..processes.following import following
from ..processes.generation import raise_generation
from ..processes.told_models import models_to_follow
from ..repair.reload_pass import complete_report, follow_plugins, run_reload_pass
from .passes import check_rows, repair_rows
from .urlconf import load_urlconf

if TYPE_CHECKING:
    from ..report import Report

logger = logging.getLogger(__name__)


def run_as_web_process() -> Report:
    """Run a pass with all of NetBox's pages loaded, and return the complete report of this process.

    It includes the :func:`condition` of NetBox, with Django's system checks. For commands: nothing is written.
    Queries the database.
    """
    load_urlconf()
    report = run_reload_pass()
    return _whole(complete_report() or report, system_checks=True)


def run_again() -> Report:
    """Run a pass in this process, compare the rows of object types, and return the report of all its passes.

    It includes the :func:`condition` of NetBox. Raises
    :class:`~netbox_plugin_reloader.compat.UnsupportedNetBoxVersion`. Queries the database.
    """
    report = run_reload_pass()
    repair_rows("when run again")
    return _whole(complete_report() or report)


def run_everywhere(asked: str) -> tuple[Report, int | None]:
    """Run a pass as :func:`run_again` does, and make every other NetBox process follow.

    ``asked`` says in the log who asked for it. Also returns the generation that the others have to reach, or ``None``
    if NetBox's cache does not answer.
    """
    select(running_version())
    # Before the pass, so that the pass sees whatever another process announced until now.
    generation = raise_generation()
    with following(generation) as is_web_process:
        report = follow_plugins(*models_to_follow()) if is_web_process else run_reload_pass()
    repair_rows("when run again")
    report = _whole(complete_report() or report)
    logger.info("%s asked for a pass in every process; here: %s", asked, report.summary())
    return report, generation


def current_report() -> Report | None:
    """Return the report of all passes of this process, or ``None``.

    It includes the rows of object types as they are now, and the :func:`condition` of NetBox. For readers: nothing is
    written. Queries the database.
    """
    if complete_report() is None:
        return None
    check_rows()
    report = complete_report()
    return report and _whole(report)


def _whole(report: Report, *, system_checks: bool = False) -> Report:
    # Many processes are never asked for it, and what it loads takes memory.
    from .condition import condition

    return condition(system_checks=system_checks).joined_to(report)


def why_no_report() -> str:
    """Return one sentence that says why this process has no report of a pass."""
    return why_unsupported() or "No reload pass has succeeded in this process yet; NetBox's log says why."
