"""When reload passes run: once after the last plugin's ``ready()``, and once more in each web process.

The rows of object types wait for a moment at which the database may be asked: before a web process's first request,
before a process's first job, and after ``migrate``.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.core.signals import request_started
from django.db.models.signals import post_migrate

from . import checks, early_imports
from .compat import UnsupportedNetBoxVersion, running_version, select
from .configuration import setting
from .generation import current_generation, raise_generation
from .masking import masking_logger
from .migrating import finished, migrating, watch
from .object_types import repair_object_types
from .openapi import drop_outdated_schema
from .plugins import make_described_models, plugin_configs
from .processes import note_web_process
from .reload import amend_latest_report, complete_report, reload_plugins
from .urlconf import load_urlconf, urlconf_is_loaded
from .workers import INTERVAL, follow_before_job, follow_in_web_process, follow_now

if TYPE_CHECKING:
    from django.apps import AppConfig

    from .report import Report

logger = masking_logger(__name__)

_lock = threading.Lock()
_catching_up = threading.Lock()
_web_process_prepared = False
_rows_checked = False
_urlconf_postponed = False
_rows_postponed = False
_next_try = 0.0


def supported() -> bool:
    """Return whether a strategy knows the running NetBox."""
    try:
        select(running_version())
    except UnsupportedNetBoxVersion:
        return False
    return True


def schedule(app_config: AppConfig) -> None:
    """Have the first pass run after the ``ready()`` of the last plugin; called in ours, which is ``app_config``.

    On a NetBox that no strategy knows, log one error and change nothing. No database, no import.
    """
    checks.register()
    try:
        strategy = select(running_version())
    except UnsupportedNetBoxVersion as error:
        early_imports.stop()
        logger.error("%s; nothing is changed", error)  # noqa: TRY400  a traceback would say nothing more
        return
    if strategy.object_type_rows:
        watch()
        # NetBox's own update_object_types() is connected already (core/signals.py, loaded with core's models).
        post_migrate.connect(_after_migrate, dispatch_uid=f"{__name__}.after_migrate")
    if signals := sys.modules.get("core.signals"):
        signals.job_start.connect(_before_job, dispatch_uid=f"{__name__}.before_job")
    # Not the last entry of PLUGINS: a plugin with its own django_apps comes earlier (netbox/settings.py).
    last = plugin_configs()[-1]
    if last is app_config:
        early_imports.stop()
        _run("after the last plugin's ready()")
    else:
        _run_after(last)


def _after_migrate(sender: AppConfig, using: str, **kwargs: Any) -> None:
    if finished(sender, using):
        _repair_rows("after migrate")


def _before_job(**kwargs: Any) -> None:
    # NetBox's worker forks a process for each job, which sends this signal (core/models/jobs.py, all releases).
    follow_before_job(_follow)
    if not migrating() and not _rows_checked:
        _repair_rows("before a job")


def _run_after(last: AppConfig) -> None:
    own = vars(last).get("ready")
    ready = last.ready

    def ready_then_reload() -> None:
        if own is None:
            del last.ready
        else:
            last.ready = own  # type: ignore[method-assign]
        ready()
        early_imports.stop()
        _run("after the last plugin's ready()")

    last.ready = ready_then_reload  # type: ignore[method-assign]


def prepare_web_process() -> None:
    """Run the second pass, with the URLconf loaded unless ``warm_up`` is off; once per process, never an exception.

    Queries the database for the rows of object types (4.4 and later), and where NetBox's URLconf does (core/views.py
    up to 4.3.7), and closes what it opened.
    """
    global _web_process_prepared
    with _lock:
        if _web_process_prepared:
            return
        _web_process_prepared = True
        note_web_process()
        if not supported():
            return
        generation = current_generation()
        with _connections_closed_again():
            if setting("warm_up"):
                load_urlconf()
            _run("before the first request")
            if not migrating():
                _repair_rows("before the first request")
                drop_outdated_schema(running_version(), plugin_configs())
        follow_in_web_process(generation, _follow)
        _postpone()


def _postpone() -> None:
    """Have what could not be done yet, for want of the database or of NetBox's pages, done before a request."""
    global _urlconf_postponed, _rows_postponed
    _urlconf_postponed = setting("warm_up") and not urlconf_is_loaded()
    _rows_postponed = _has_rows() and not _rows_checked
    if _urlconf_postponed or _rows_postponed:
        request_started.connect(_catch_up, dispatch_uid=f"{__name__}.catch_up")


def _catch_up(**kwargs: Any) -> None:
    global _urlconf_postponed, _rows_postponed, _next_try
    # Who comes while another request catches up does not wait for it.
    if not _catching_up.acquire(blocking=False):
        return
    try:
        if _urlconf_postponed and urlconf_is_loaded():
            _urlconf_postponed = False
            _run("after NetBox loaded its URLconf")
            # The report of this pass is to say again what is wrong with them.
            _rows_postponed = _has_rows()
        if _rows_postponed and time.monotonic() >= _next_try:
            _next_try = time.monotonic() + INTERVAL
            if _database_answers():
                # It may be gone again by now.
                _rows_postponed = not _repair_rows("once the database answered")
        if not (_urlconf_postponed or _rows_postponed):
            request_started.disconnect(dispatch_uid=f"{__name__}.catch_up")
    finally:
        _catching_up.release()


def _has_rows() -> bool:
    return select(running_version()).object_type_rows and not migrating()


def _database_answers() -> bool:
    """Return whether there is a connection; nothing is said otherwise, as NetBox itself says it for each request."""
    from django.db import DEFAULT_DB_ALIAS, connections

    try:
        connections[DEFAULT_DB_ALIAS].ensure_connection()
    except Exception:
        # Whatever it is, no request fails for us.
        return False
    return True


def run_as_web_process() -> Report:
    """Run a pass with all of NetBox's pages loaded, and return the complete report of this process.

    For commands: nothing is written. Queries the database where NetBox's URLconf does (core/views.py up to 4.3.7).
    """
    load_urlconf()
    report = reload_plugins()
    return complete_report() or report


def run_again() -> Report:
    """Run a pass in this process, compare the rows of object types, and return the report of all its passes.

    Raises :class:`~netbox_plugin_reloader.compat.UnsupportedNetBoxVersion`. Queries the database on NetBox 4.4 and
    later.
    """
    report = reload_plugins()
    _repair_rows("when run again")
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
    try:
        select(running_version())
    except UnsupportedNetBoxVersion as error:
        return f"{error}; nothing is changed."
    return "No reload pass has succeeded in this process yet; NetBox's log says why."


@contextmanager
def _connections_closed_again() -> Iterator[None]:
    """Close the connections that the body opens: a server may fork this process, and none must be shared."""
    from django.db import connections

    closed = [connection for connection in connections.all() if connection.connection is None]
    try:
        yield
    finally:
        for connection in closed:
            # Inside an event loop, where none can have been opened, Django refuses even to close one.
            if connection.connection is not None:
                connection.close()


def _run(occasion: str) -> None:
    try:
        reload_plugins()
    except Exception:
        logger.exception("The reload pass %s failed; NetBox goes on without it", occasion)


def _follow() -> None:
    make_described_models()
    _run("because something changed")


def _repair_rows(occasion: str) -> bool:
    """Return whether the rows could be read, or cannot for a reason that stays."""
    global _rows_checked
    try:
        outcome = repair_object_types(select(running_version()))
        _rows_checked = outcome.compared
        amend_latest_report(repairs=outcome.repairs, findings=outcome.findings, failures=outcome.failures)
    except Exception:
        logger.exception("The object types could not be compared %s; NetBox goes on with what they say", occasion)
        return True
    return outcome.compared
