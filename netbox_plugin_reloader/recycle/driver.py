"""The process that replaces the workers of a host: it starts for that, and so has what is on disk."""

from __future__ import annotations

import logging
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..compat import running_version
from ..compat.installation import management_command, which_instance
from ..processes.announcements import plugin_versions
from ..report import error_text
from .preflight import preflight
from .replacing import Recycle, RecycleFailed, master_of_pid_file, masters
from .requests import (
    COMMAND,
    FAILED,
    REFUSED,
    RUNNING,
    SUCCEEDED,
    WOULD_NOT_START,
    RecycleRefused,
    RecycleRequest,
    check_allowed,
    lock,
    record,
    unlock,
)

logger = logging.getLogger(__name__)

WAIT = 600.0
"""How long replacing all workers may take, in seconds, unless the request says otherwise."""


def recycle(
    request: RecycleRequest, *, pid_file: Path | None, seconds: float, say: Callable[[str], object]
) -> RecycleRequest:
    """Replace the workers of the servers of this host, or of the one in ``pid_file``, and return how it ended.

    This process must have started just now, so that it has what is on disk; if that would not serve NetBox, nothing is
    touched. ``seconds`` is how long the replacement may take, ``say`` takes lines that tell how far it is. Needs
    NetBox's cache and its database. Call it from the main thread. Raises nothing but :class:`KeyboardInterrupt`.
    """
    request = request._replace(host=socket.gethostname(), asked=time.time(), state=RUNNING, text="")
    try:
        check_allowed(begun=request.source != COMMAND)
        with _interruptible(), _alone(seconds):
            record(request)
            text = _recycle(pid_file, seconds, say)
            request = request._replace(state=SUCCEEDED, text=text)
            record(request)
    except RecycleRefused as error:
        request = request._replace(state=REFUSED, text=str(error))
        logger.warning("%s", request)
    except RecycleFailed as error:
        request = request._replace(state=FAILED, text=str(error))
        record(request)
    except Exception as error:
        logger.exception("%s", request)
        request = request._replace(state=FAILED, text=error_text(error))
        record(request)
    except KeyboardInterrupt:
        record(request._replace(state=FAILED, text="interrupted"))
        raise
    return request


@contextmanager
def _interruptible() -> Iterator[None]:
    """Have the signals that end a process interrupt the body, so that no server is left stopped and no lock held."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGHUP, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _recycle(pid_file: Path | None, seconds: float, say: Callable[[str], object]) -> str:
    found = [master_of_pid_file(pid_file)] if pid_file else masters()
    if not found:
        raise RecycleFailed(f"No process of this host that serves NetBox is known.{which_instance()}")
    try:
        static_files = preflight()
    except Exception as error:
        raise RecycleFailed(f"{WOULD_NOT_START}\n{error_text(error)}") from error
    if static_files:
        say(f"Static files to collect: {static_files}; run {management_command('collectstatic')}")
    deadline = time.monotonic() + seconds
    for master in found:
        Recycle(master, running_version(), plugin_versions(), deadline, say).run()
    return f"{sum(len(master.workers) for master in found)} workers replaced"


@contextmanager
def _alone(seconds: float) -> Iterator[None]:
    lock(seconds)
    try:
        yield
    finally:
        unlock()
