"""When reload passes run: once after the last plugin's ``ready()``, and once more in each web process."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from . import checks
from .compat import UnsupportedNetBoxVersion, running_version, select
from .configuration import setting
from .plugins import plugin_configs
from .reload import reload_plugins

if TYPE_CHECKING:
    from django.apps import AppConfig

logger = logging.getLogger(__name__)

_lock = threading.Lock()
_web_process_prepared = False


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
        select(running_version())
    except UnsupportedNetBoxVersion as error:
        logger.error("%s; nothing is changed", error)  # noqa: TRY400  a traceback would say nothing more
        return
    # Not the last entry of PLUGINS: a plugin with its own django_apps comes earlier (netbox/settings.py).
    last = plugin_configs()[-1]
    if last is app_config:
        _run("after the last plugin's ready()")
    else:
        _run_after(last)


def _run_after(last: AppConfig) -> None:
    own = vars(last).get("ready")
    ready = last.ready

    def ready_then_reload() -> None:
        if own is None:
            del last.ready
        else:
            last.ready = own  # type: ignore[method-assign]
        ready()
        _run("after the last plugin's ready()")

    last.ready = ready_then_reload  # type: ignore[method-assign]


def prepare_web_process() -> None:
    """Run the second pass, with the URLconf loaded unless ``warm_up`` is off; once per process, never an exception.

    May query the database where NetBox's URLconf does (core/views.py up to 4.3.7), and closes what it opened.
    """
    global _web_process_prepared
    with _lock:
        if _web_process_prepared:
            return
        _web_process_prepared = True
        if not supported():
            return
        if setting("warm_up"):
            _load_urlconf()
        _run("before the first request")


def _run(occasion: str) -> None:
    try:
        reload_plugins()
    except Exception:
        logger.exception("The reload pass %s failed; NetBox goes on without it", occasion)


def _load_urlconf() -> None:
    from django.db import connections
    from django.urls import get_resolver

    closed = [connection for connection in connections.all() if connection.connection is None]
    registered = {id(entries): len(entries) for entries in _registered_views()}
    try:
        # All that the first request would wait for: the modules, the patterns and the table of their names.
        get_resolver().reverse_dict  # noqa: B018
    except Exception as error:
        logger.warning(
            "NetBox's URLconf cannot be loaded now, and is left to the first request: %s: %s",
            type(error).__name__,
            error,
        )
        # Importing a module again, after its import failed, registers its views again.
        for entries in _registered_views():
            start = registered.get(id(entries), 0)
            entries[start:] = [entry for entry in entries[start:] if _is_imported(entry["view"])]
    finally:
        # A server may fork this process, and a connection must not be shared.
        for connection in closed:
            connection.close()


def _registered_views() -> Iterator[list[dict[str, Any]]]:
    from netbox.registry import registry

    for models in registry["views"].values():
        yield from models.values()


def _is_imported(view: Any) -> bool:
    return isinstance(view, str) or getattr(view, "__module__", None) in sys.modules
