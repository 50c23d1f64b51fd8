"""Run a pass, or compare the rows of object types. Whatever happens, NetBox goes on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..compat import running_version, select
from ..plugins import NETBOX
from ..repair.reload_pass import follow_plugins, note_rows, run_reload_pass
from ..report import Kind, Row, error_text

if TYPE_CHECKING:
    from ..report import Report

logger = logging.getLogger(__name__)

_rows_compared = False


def run_pass(occasion: str) -> None:
    """Run a pass; ``occasion`` says in the log when. Errors are logged. No database."""
    _run(run_reload_pass, occasion)


def follow() -> None:
    """Run a pass because another process asked for one, with the models that plugins told of there.

    Errors are logged. Asks the cache, and a plugin that makes models here may query the database.
    """
    from ..processes.told_models import models_to_follow

    _run(lambda: follow_plugins(*models_to_follow()), "because something changed")


def _run(run: Callable[[], Report], occasion: str) -> None:
    try:
        run()
    except Exception:
        logger.exception("The reload pass %s failed; NetBox goes on without it", occasion)


def rows_compared() -> bool:
    """Return whether this process has compared the rows of object types."""
    return _rows_compared


def check_rows() -> None:
    """Compare the rows of object types for the report, and write nothing.

    Queries the database on NetBox 4.4 and later. Errors are logged.
    """
    from ..repair.object_types import check_object_types

    try:
        note_rows(check_object_types(select(running_version())))
    except Exception as error:
        logger.exception("The object types could not be compared for the report")
        _note_error(error)


def repair_rows(occasion: str, *, deliberate: bool = False) -> bool:
    """Compare the rows of object types, write those that are wrong, and note both for the report.

    Return false if the rows could not be read and another try may succeed. Queries the database on NetBox 4.4 and
    later. ``deliberate`` goes to :func:`repair_object_types`. Errors are logged.
    """
    global _rows_compared
    from ..repair.object_types import repair_object_types

    try:
        outcome = repair_object_types(select(running_version()), deliberate=deliberate)
        _rows_compared = outcome.compared
        note_rows(outcome)
    except Exception as error:
        logger.exception("The object types could not be compared %s; NetBox goes on with what they say", occasion)
        _note_error(error)
        return True
    return outcome.compared


def _note_error(error: Exception) -> None:
    from ..repair.outcome import Outcome

    # Without it the report would call everything complete.
    note_rows(Outcome(failures=(Row(Kind.OBJECT_TYPES, NETBOX, "all rows", (error_text(error),)),)))
