"""The passes that people ask for: by a command, on a page, through the REST API."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ..compat import why_unsupported
from ..processes.following import follow_now
from ..processes.generation import raise_generation
from ..repair.reload_pass import complete_report, run_reload_pass
from .passes import repair_rows
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
    report = run_again()
    logger.info("A pass in every process was asked for by %s; here: %s", asked, report.summary())
    generation = raise_generation()
    follow_now()
    return complete_report() or report, generation


def why_no_report() -> str:
    """Return one sentence that says why this process has no report of a pass."""
    return why_unsupported() or "No reload pass has succeeded in this process yet; NetBox's log says why."
