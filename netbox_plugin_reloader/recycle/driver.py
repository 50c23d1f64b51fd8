"""The process that replaces the workers of a host. It is started for that, so it runs what is on disk."""

from __future__ import annotations

import logging
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..compat import running_version
from ..processes.announcements import plugin_versions
from ..report import error_text
from .fresh_process import TIMEOUT
from .lock import Lock, RecycleRefused
from .preflight import preflight
from .replacing import Recycle, RecycleFailed, master_of_pid_file, masters, why_no_master
from .requests import (
    COMMAND,
    FAILED,
    REFUSED,
    RUNNING,
    SUCCEEDED,
    WOULD_NOT_START,
    RecycleRequest,
    check_allowed,
    record,
)

logger = logging.getLogger(__name__)

WAIT = 600.0
"""How long replacing all workers may take, in seconds, unless the request says otherwise."""


def recycle(
    request: RecycleRequest, *, pid_file: Path | None, seconds: float, say: Callable[[str], object], token: str = ""
) -> RecycleRequest:
    """Replace the workers of this host's servers, or of the one that ``pid_file`` names, and return how it ended.

    This process must have started just now, so that it runs what is on disk; if that would not serve NetBox, nothing is
    touched. ``seconds`` is how long the replacement may take, ``say`` is called with each line about its progress, and
    ``token`` is that of the lock, if the process that was asked hands it over. Needs NetBox's cache and its database.
    Call it from the main thread. Raises nothing but :class:`KeyboardInterrupt`.
    """
    request = request._replace(host=socket.gethostname(), asked=time.time(), state=RUNNING, text="")
    # The preflight takes time before the replacement begins.
    lock = Lock(seconds + 2 * TIMEOUT, token)
    try:
        check_allowed(begun=request.source != COMMAND)
        lock.take()
    except RecycleRefused as error:
        request = request._replace(state=REFUSED, text=str(error))
        if token:
            # A user who asked on a page finds it there.
            record(request)
        else:
            logger.warning("%s", request)
        return request
    try:
        with _interruptible():
            return _recorded(request, lambda: _recycle(pid_file, seconds, say, lock))
    finally:
        lock.give_back()


def _recorded(request: RecycleRequest, run: Callable[[], str]) -> RecycleRequest:
    record(request)
    try:
        request = request._replace(state=SUCCEEDED, text=run())
    except RecycleFailed as error:
        request = request._replace(state=FAILED, text=str(error))
    except Exception as error:
        logger.exception("%s", request)
        request = request._replace(state=FAILED, text=error_text(error))
    except KeyboardInterrupt:
        record(request._replace(state=FAILED, text="interrupted"))
        raise
    record(request)
    return request


@contextmanager
def _interruptible() -> Iterator[None]:
    """Make the signals that end a process interrupt the body, so that no server stays stopped and no lock held."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGHUP, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _recycle(pid_file: Path | None, seconds: float, say: Callable[[str], object], lock: Lock) -> str:
    found = [master_of_pid_file(pid_file)] if pid_file else masters()
    if not found:
        raise RecycleFailed(why_no_master())
    try:
        note = preflight()
    except Exception as error:
        raise RecycleFailed(f"{WOULD_NOT_START}\n{error_text(error)}") from error
    if note:
        say(note)
    deadline = time.monotonic() + seconds
    for master in found:
        Recycle(master, running_version(), plugin_versions(), deadline, say, lock.is_held).run()
    return f"{sum(len(master.workers) for master in found)} workers replaced"
