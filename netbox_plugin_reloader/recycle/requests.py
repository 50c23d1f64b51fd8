"""Requests for new worker processes, one at a time: who asked, whether it is allowed, and how it ended.

Every web process loads this module; the code that replaces the workers is in :mod:`.driver`.
"""

from __future__ import annotations

import logging
import socket
import subprocess
import threading
import time
from typing import Any, NamedTuple

from ..configuration import PLUGIN_NAME, setting
from ..processes.cache import ask, own, read
from ..report import error_text
from .fresh_process import TIMEOUT, environ, interpreter, preflight_in_fresh_process
from .lock import INTERVAL, Lock, RecycleRefused, holder, is_free, is_recent

logger = logging.getLogger(__name__)

LAST_KEY = "recycle.last"

WOULD_NOT_START = "NetBox would not start with what is on disk, so nothing was touched:"

VANISHED = "The process that replaced the workers ended without recording a result."

COMMAND = "command"
STATES = RUNNING, SUCCEEDED, REFUSED, FAILED = "running", "succeeded", "refused", "failed"


class RecycleRequest(NamedTuple):
    """Who asked for new workers, from where, when, and how it ended.

    ``source`` is :data:`COMMAND`, ``page`` or ``REST API``, ``address`` is that of the user's client, ``asked`` is in
    seconds since 1970. ``state`` is one of :data:`STATES`, and ``text`` says more.
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
    """Return the last request on any host, or ``None`` if there was none or the cache does not answer; no database.

    A request that runs though no process holds the lock has failed: the process that ran it has ended.
    """
    value = read(own(LAST_KEY))
    # Another release of ours may have written it, or another program.
    try:
        request = RecycleRequest(**value)
    except TypeError:
        return None
    texts = (text for name, text in request.as_dict().items() if name != "asked")
    if not (all(isinstance(text, str) for text in texts) and isinstance(request.asked, (int, float))):
        return None
    if request.state == RUNNING and is_free():
        # It may have ended properly since.
        return request._replace(state=FAILED, text=VANISHED) if read(own(LAST_KEY)) == value else last_request()
    return request


def check_allowed(*, begun: bool = False) -> None:
    """Raise :class:`RecycleRefused` if a recycle is not allowed or not possible here, runs already, or has just ended.

    The last two do not matter if this one has ``begun``. Asks NetBox's cache; no database.
    """
    from django.conf import settings

    if not setting("recycle_workers"):
        raise RecycleRefused(
            f"PLUGINS_CONFIG[{PLUGIN_NAME!r}]['recycle_workers'] is not True, so no worker may be replaced."
        )
    if settings.DEBUG:
        raise RecycleRefused(
            "DEBUG is True, so NetBox empties its cache whenever a process starts, and nobody could tell when a new "
            "worker is ready. Restart the server instead."
        )
    if begun:
        return
    if other := holder():
        raise RecycleRefused(f"Another recycle is running: {other}.")
    if is_recent():
        raise RecycleRefused(f"The last recycle ended less than {INTERVAL} seconds ago.")


def record(request: RecycleRequest) -> None:
    """Log the request as it is now, and put it into NetBox's cache for every process."""
    logger.log(logging.WARNING if request.state == FAILED else logging.INFO, "%s", request)
    ask(lambda cache: cache.set(own(LAST_KEY), request.as_dict(), timeout=None), None)


def recycle_in_background(user: str, source: str, address: str) -> RecycleRequest:
    """Start another process that replaces the workers of this host, this one among them, and return the request.

    Raises :class:`RecycleRefused`. :func:`last_request` tells how it ends.
    """
    request = RecycleRequest(user, source, address, socket.gethostname(), time.time())
    lock = Lock(2 * TIMEOUT)
    try:
        check_allowed()
        lock.take()
    except RecycleRefused as error:
        logger.warning("%s", request._replace(state=REFUSED, text=str(error)))
        raise
    try:
        record(request)
        name = "netbox_plugin_reloader recycle"
        threading.Thread(target=_begin, args=(request, lock), name=name, daemon=True).start()
    except Exception as error:
        _give_up(request, lock, f"The recycle could not begin: {error_text(error)}")
        raise RecycleRefused(f"The recycle could not begin: {error_text(error)}") from error
    return request


def _begin(request: RecycleRequest, lock: Lock) -> None:
    """Start the process that replaces the workers, if NetBox would start: otherwise that process could not say so."""
    command = [interpreter(), "-m", "django", "plugin_reloader", "recycle", f"--asked-with={lock.token}"]
    command += [f"--asked-by={request.user}", f"--asked-from={request.source}", f"--asked-at={request.address}"]
    try:
        preflight_in_fresh_process()
        # It must outlive this process, and not be signalled with it. Its log goes where ours goes.
        process = subprocess.Popen(  # noqa: S603  our own interpreter and command
            command,
            env=environ(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
    except RuntimeError as error:
        _give_up(request, lock, f"{WOULD_NOT_START}\n{error}")
        return
    except BaseException as error:
        # There may be no interpreter, or no memory for another process.
        _give_up(request, lock, f"No process could be started, so nothing was touched: {error_text(error)}")
        raise
    # This process may be replaced before that; by then the other one has recorded how far it is.
    status = process.wait()
    last = last_request()
    if status and last and last.asked == request.asked:
        _give_up(request, lock, f"The process that replaced the workers ended with status {status}. See NetBox's log.")
    lock.give_back()


def _give_up(request: RecycleRequest, lock: Lock, text: str) -> None:
    try:
        record(request._replace(state=FAILED, text=text))
    finally:
        lock.give_back()
