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

    For commands: nothing is written. Queries the database where NetBox's URLconf does (core/views.py up to 4.3.7).
    """
    load_urlconf()
    report = run_reload_pass()
    return complete_report() or report


def run_again() -> Report:
    """Run a pass in this process, compare the rows of object types, and return the report of all its passes.

    Raises :class:`~netbox_plugin_reloader.compat.UnsupportedNetBoxVersion`. Queries the database on NetBox 4.4 and
    later.
    """
    report = run_reload_pass()
    repair_rows("when run again")
    return complete_report() or report


def run_everywhere(asked: str) -> tuple[Report, int | None]:
    """Run a pass as :func:`run_again` does, and have every other process of NetBox follow.

    ``asked`` says for the log who asked for it. Returns also the generation that the others have to reach, or ``None``
    if NetBox's cache does not answer.
    """
    select(running_version())
    # Before the pass: whatever another process announced until now, this pass has seen.
    generation = raise_generation()
    with following(generation) as is_web_process:
        report = follow_plugins(*models_to_follow()) if is_web_process else run_reload_pass()
    repair_rows("when run again")
    report = complete_report() or report
    logger.info("A pass in every process was asked for by %s; here: %s", asked, report.summary())
    return report, generation


def current_report() -> Report | None:
    """Return the report of all passes of this process with the rows of object types as they are now, or ``None``.

    For those who read it: nothing is written. Queries the database on NetBox 4.4 and later.
    """
    if complete_report() is not None:
        check_rows()
    return complete_report()


def why_no_report() -> str:
    """Return one sentence that says why this process has no report of a pass."""
    return why_unsupported() or "No reload pass has succeeded in this process yet; NetBox's log says why."
