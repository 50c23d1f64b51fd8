"""What a web process does before its first request, and before later ones while something is left to do."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.signals import request_started

from ..compat import running_version, select, why_unsupported
from ..configuration import setting
from ..plugins import plugin_configs
from ..processes.cache import close_idle_connections, limited
from ..processes.following import INTERVAL, follow_in_web_process
from ..processes.generation import current_generation
from ..processes.host import note_web_process
from ..processes.told_models import note_what_is_told
from ..repair.openapi_schema import drop_outdated_schema
from .migrating import migrating
from .passes import follow, repair_rows, rows_compared, run_pass
from .urlconf import load_urlconf, urlconf_is_loaded

CACHE_SECONDS = 1.0
"""How long a process that starts waits for NetBox's cache, in seconds, for all questions together."""

_lock = threading.Lock()
_catching_up = threading.Lock()
_prepared = False
_urlconf_postponed = False
_urlconf_untried = True
_rows_postponed = False
_next_try = 0.0


def prepare_web_process() -> None:
    """Run the second pass, with the URLconf loaded unless ``warm_up`` is off; once per process, never an exception.

    If the URLconf is loaded only later, another pass runs before the next request. NetBox 4.7.3 loads it itself once
    its middleware is built (netbox/wsgi.py, NetBox #23311).

    Queries the database for the rows of object types (4.4 and later), and where NetBox's URLconf does (core/views.py
    up to 4.3.7), and closes what it opened.
    """
    global _prepared
    with _lock:
        if _prepared:
            return
        _prepared = True
        note_web_process()
        if why_unsupported():
            return
        with connections_closed_again(), limited(CACHE_SECONDS):
            generation = current_generation()
            note_what_is_told()
            if setting("warm_up"):
                load_urlconf()
            run_pass("before the first request")
            if not migrating():
                repair_rows("before the first request")
            follow_in_web_process(generation, follow)
            if not migrating():
                # Last, because it looks at every key of the cache, and may use up the time for all questions.
                drop_outdated_schema(running_version(), plugin_configs())
        _postpone()


def _postpone() -> None:
    """Leave to a later request what could not be done without the database, or without NetBox's pages."""
    global _urlconf_postponed, _rows_postponed
    _urlconf_postponed = not urlconf_is_loaded()
    _rows_postponed = _has_rows() and not rows_compared()
    if _urlconf_postponed or _rows_postponed:
        request_started.connect(_catch_up, dispatch_uid=f"{__name__}.catch_up")


def _catch_up(**kwargs: Any) -> None:
    global _urlconf_postponed, _urlconf_untried, _rows_postponed, _next_try
    # A request that comes while another one catches up does not wait for it.
    if not _catching_up.acquire(blocking=False):
        return
    try:
        if _urlconf_untried and not urlconf_is_loaded():
            _urlconf_untried = False
            # Otherwise this request would load it, and show the tabs twice that loading registers twice.
            load_urlconf()
        if _urlconf_postponed and urlconf_is_loaded():
            _urlconf_postponed = False
            run_pass("after NetBox loaded its URLconf")
            # The pages may have registered more model features.
            _rows_postponed = _has_rows()
        if _rows_postponed and time.monotonic() >= _next_try:
            _next_try = time.monotonic() + INTERVAL
            if _database_answers():
                # The database may be gone again by now.
                _rows_postponed = not repair_rows("once the database answered")
        if not (_urlconf_postponed or _rows_postponed):
            request_started.disconnect(dispatch_uid=f"{__name__}.catch_up")
    finally:
        _catching_up.release()


def _has_rows() -> bool:
    return select(running_version()).object_type_rows and not migrating()


def _database_answers() -> bool:
    """Return whether there is a connection. If not, nothing is logged: NetBox itself logs that for each request."""
    from django.db import DEFAULT_DB_ALIAS, connections

    try:
        connections[DEFAULT_DB_ALIAS].ensure_connection()
    except Exception:
        # Whatever it is, no request fails because of us.
        return False
    return True


@contextmanager
def connections_closed_again() -> Iterator[None]:
    """Close the connections to database and cache that the body opens, so that forked processes share none.

    gunicorn with ``preload_app`` and uWSGI without ``lazy-apps``, as in NetBox's contrib/uwsgi.ini, load NetBox before
    they fork.
    """
    from django.db import connections

    closed = [connection for connection in connections.all() if connection.connection is None]
    without_pool = [connection for connection in closed if not _has_pool(connection)]
    try:
        yield
    finally:
        for connection in closed:
            # Inside an event loop Django refuses to open a connection, and even to close one.
            if connection.connection is not None:
                connection.close()
        for connection in without_pool:
            if _has_pool(connection):
                # With OPTIONS["pool"], closing a connection only returns it to the pool (Django 5.1 and later).
                connection.close_pool()  # type: ignore[attr-defined]
        close_idle_connections()


def _has_pool(connection: Any) -> bool:
    """Return whether ``connection`` has a pool; asking the connection itself would make one."""
    return connection.alias in getattr(connection, "_connection_pools", ())
