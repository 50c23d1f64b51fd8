"""Who asks for new worker processes, whether that may be, and how it ended: one request at a time.

Every web process loads this module; what replaces the workers is in :mod:`.recycle_process`.
"""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import threading
import time
from typing import Any, NamedTuple

from ..configuration import PLUGIN_NAME, setting
from ..processes.cache import ask, get, read
from ..processes.host import is_running
from .fresh_process import TIMEOUT, environ, interpreter, preflight_in_fresh_process

logger = logging.getLogger(__name__)

LAST_KEY = "netbox_plugin_reloader.recycle.last"
LOCK_KEY = "netbox_plugin_reloader.recycle.lock"
RECENT_KEY = "netbox_plugin_reloader.recycle.recent"

WOULD_NOT_START = "NetBox would not start with what is on disk, so nothing was touched:"

COMMAND = "command"
INTERVAL = 10
"""How long after the end of one the next may be asked for, in seconds."""

STATES = RUNNING, SUCCEEDED, REFUSED, FAILED = "running", "succeeded", "refused", "failed"


class RecycleRefused(Exception):
    """Nothing was touched; the text says why."""


class RecycleRequest(NamedTuple):
    """Who asked for new workers, from where, when, and how it ended.

    ``source`` is :data:`COMMAND`, ``page`` or ``REST API``, ``address`` that of the user's client, ``asked`` in seconds
    since 1970. ``state`` is one of :data:`STATES`, and ``text`` says more.
    """

    user: str
    source: str
    address: str = ""
    host: str = ""
    asked: float = 0.0
    state: str = RUNNING
    text: str = ""

    def __str__(self) -> str:
        origin = f"{self.source} at {self.address}" if self.address else self.source
        return f"recycle asked for by {self.user or 'nobody'} ({origin}) on {self.host}: {self.state}: {self.text}"

    def as_dict(self) -> dict[str, Any]:
        """Return the request as a plain dictionary."""
        return self._asdict()


def last_request() -> RecycleRequest | None:
    """Return the last request on any host, or ``None`` if there was none or the cache does not answer; no database."""
    value = read(LAST_KEY)
    # Another release of ours may have written it, or somebody else.
    try:
        request = RecycleRequest(**value)
    except TypeError:
        return None
    texts = (text for name, text in request.as_dict().items() if name != "asked")
    is_sound = all(isinstance(text, str) for text in texts) and isinstance(request.asked, (int, float))
    return request if is_sound else None


def check_allowed(*, begun: bool = False) -> None:
    """Raise :class:`RecycleRefused` if the configuration does not allow it, one runs, or the last has just ended.

    That one has just ended is no reason if this one has ``begun``. Asks NetBox's cache; no database.
    """
    if not setting("recycle_workers"):
        raise RecycleRefused(
            f"PLUGINS_CONFIG[{PLUGIN_NAME!r}]['recycle_workers'] is not True, so no worker may be replaced."
        )
    holder = read(LOCK_KEY)
    if holder is not None and not _is_stale(holder):
        raise RecycleRefused(f"Another one runs: process {holder.get('pid')} on {holder.get('host')}.")
    if not begun and read(RECENT_KEY):
        raise RecycleRefused(f"The last one ended less than {INTERVAL} seconds ago.")


def lock(seconds: float) -> None:
    """Take the lock for up to ``seconds`` and what a preflight takes. Raises :class:`RecycleRefused`.

    It ends by itself if this process does not live to release it.
    """
    holder = {"host": socket.gethostname(), "pid": os.getpid()}

    def locked(cache: Any) -> bool:
        other = get(cache, LOCK_KEY)
        if other is not None and _is_stale(other):
            cache.delete(LOCK_KEY)
        return bool(cache.add(LOCK_KEY, holder, timeout=seconds + 2 * TIMEOUT))

    taken = ask(locked, None)
    if taken is None:
        raise RecycleRefused("NetBox's cache does not answer, so nobody could tell when a new worker is ready.")
    if not taken:
        raise RecycleRefused("Another one has just begun.")


def unlock() -> None:
    """Give the lock back, and have nobody take it for the next :data:`INTERVAL` seconds."""
    ask(lambda cache: cache.set(RECENT_KEY, True, timeout=INTERVAL), None)
    ask(lambda cache: cache.delete(LOCK_KEY), None)


def _is_stale(holder: Any) -> bool:
    if not isinstance(holder, dict) or not isinstance(holder.get("pid"), int):
        return True
    return holder.get("host") == socket.gethostname() and not is_running(holder["pid"])


def record(request: RecycleRequest) -> None:
    """Log the request as it is now, and have every process find it, if NetBox's cache answers."""
    logger.log(logging.WARNING if request.state == FAILED else logging.INFO, "%s", request)
    ask(lambda cache: cache.set(LAST_KEY, request.as_dict(), timeout=None), None)


def recycle_in_background(user: str, source: str, address: str) -> RecycleRequest:
    """Have a process of its own replace the workers of this host, this one among them, and return what was asked for.

    Raises :class:`RecycleRefused`; how it ends, :func:`last_request` tells.
    """
    request = RecycleRequest(user, source, address, socket.gethostname(), time.time())
    try:
        check_allowed()
        lock(0)
    except RecycleRefused as error:
        logger.warning("%s", request._replace(state=REFUSED, text=str(error)))
        raise
    record(request)
    threading.Thread(target=_begin, args=(request,), name="netbox_plugin_reloader recycle", daemon=True).start()
    return request


def _begin(request: RecycleRequest) -> None:
    """Start the process that replaces the workers, if NetBox would start: it cannot tell itself that it does not."""
    try:
        preflight_in_fresh_process()
    except RuntimeError as error:
        record(request._replace(state=FAILED, text=f"{WOULD_NOT_START}\n{error}"))
        return
    finally:
        unlock()
    command = [interpreter(), "-m", "django", "plugin_reloader", "recycle"]
    command += [f"--asked-by={request.user}", f"--asked-from={request.source}", f"--asked-at={request.address}"]
    # It must outlive this process, and not be signalled with it. Its log goes where ours goes.
    process = subprocess.Popen(  # noqa: S603  our own interpreter and command
        command,
        env=environ(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    # This process may go before; but then the other one has recorded how far it is.
    status = process.wait()
    last = last_request()
    if status and last and (last.asked, last.state) == (request.asked, RUNNING):
        record(request._replace(state=FAILED, text=f"It ended with status {status}; NetBox's log says why."))
