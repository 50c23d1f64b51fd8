"""How a process hears that something changed: it looks at the generation now and then, and runs the pass."""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.core.signals import request_started

from ..report import Process
from .announcements import EXPIRY, Announcement, announce, announced, own_key, withdraw, withdraw_at_exit
from .cache import ask, get, own
from .generation import KEY
from .host import WEB, note_background_worker, this_process
from .told_models import forget_what_was_told

INTERVAL = 5.0
"""How long a web process waits at least between two looks, in seconds. It looks when a request starts."""

SETTLED = INTERVAL + 1.0
"""How long after a change a web process that has not looked counts as idle, in seconds: it got no request since."""

REFRESH = EXPIRY / 100
"""How long a process waits at least before it announces itself again, in seconds."""

_looking = threading.Lock()
_next_look = _next_announcement = 0.0
_followed: int | None = None
_announced = 0
_is_known = False
_run_pass: Callable[[], None] | None = None


def follow_in_web_process(generation: int | None, run_pass: Callable[[], None]) -> None:
    """Announce this web process, which has run the pass of ``generation``, and look before requests from now on.

    ``run_pass`` runs a pass, and raises nothing. Asks the cache.
    """
    global _followed, _run_pass, _next_look
    _followed, _run_pass = generation, run_pass
    _next_look = time.monotonic() + INTERVAL
    _announce()
    atexit.register(withdraw_at_exit)
    request_started.connect(_look, dispatch_uid=f"{__name__}.look")


def _look(**kwargs: Any) -> None:
    global _next_look
    now = time.monotonic()
    # A process that was forked from a prepared one looks at once, and announces itself.
    if now < _next_look and os.getpid() == _announced:
        return
    # A request that comes while another one looks does not wait for it.
    if not _looking.acquire(blocking=False):
        return
    try:
        _next_look = now + INTERVAL
        if _run_pass is not None:
            _run_if_behind(_run_pass)
    finally:
        _looking.release()


@contextmanager
def following(generation: int | None) -> Iterator[bool]:
    """Announce that this process has run the pass of ``generation``, which the body runs, if it is a web process.

    Yields whether it is one: no other process follows this way. If another thread follows at this moment, nothing is
    announced and nothing waits for that thread, because it may itself wait for what this one has locked in the
    database. The next look makes up for it. No database.
    """
    global _followed
    is_web_process = _run_pass is not None
    alone = is_web_process and _looking.acquire(blocking=False)
    try:
        yield is_web_process
        if alone:
            _followed = generation if generation is not None else _followed
            _announce()
    finally:
        if alone:
            _looking.release()


def _run_if_behind(run_pass: Callable[[], None]) -> None:
    """Run the pass if something changed since this process last ran it; otherwise this is one question to the cache.

    A missing generation counts as a change: it may have been raised before it was lost. So does a missing announcement
    of this process, because a cache that lost the one has lost the other.
    """
    global _followed
    seen = _seen()
    if seen is None:
        return
    generation, is_listed = seen
    was_emptied = _is_known and not is_listed and _announced == os.getpid()
    if was_emptied:
        forget_what_was_told()
    if was_emptied or generation != _followed:
        if this_process().kind == WEB:
            announce(_followed, follows=True)
        run_pass()
        _followed = generation
        _announce()
    elif time.monotonic() >= _next_announcement or not is_listed:
        _announce()


def _seen() -> tuple[int | None, bool] | None:
    """Return the generation, and whether this process is announced, or ``None`` if the cache does not answer."""
    key = own_key()

    def seen(cache: Any) -> tuple[int | None, bool]:
        try:
            found = cache.get_many([own(KEY), key])
        except Exception:
            # One value that cannot be read hides the other.
            found = {name: value for name in (own(KEY), key) if (value := get(cache, name)) is not None}
        generation = found.get(own(KEY))
        return generation if isinstance(generation, int) else None, key in found

    return ask(seen, None)


def _announce() -> None:
    global _announced, _is_known, _next_announcement
    if _announced not in (0, os.getpid()):
        # This process was forked from one that was prepared, and serves requests in its place.
        withdraw(_announced)
    _announced = os.getpid()
    _is_known = announce(_followed)
    # If the cache does not answer, the next look announces this process again.
    _next_announcement = time.monotonic() + (REFRESH if _is_known else 0.0)


def follow_in_background_worker(run_pass: Callable[[], None]) -> None:
    """Run the pass in this background worker if something changed since it did, and announce the worker.

    This is one question to the cache, unless something changed or the worker has been silent for a while.
    """
    note_background_worker()
    _run_if_behind(run_pass)


class Waited(NamedTuple):
    """What :func:`wait_for` found: all processes, and which of those that are behind are ``busy`` or ``idle``.

    An idle process has had no request since the change, and follows before its next one.
    """

    processes: list[Announcement]
    busy: list[Process]
    idle: list[Process]

    @property
    def sees_web_processes(self) -> bool:
        """Whether there is a web process among them."""
        return any(process.process.kind == WEB for process in self.processes)


def wait_for(generation: int | None, seconds: float) -> Waited:
    """Wait up to ``seconds`` until every web process that had a request has run the pass of ``generation``.

    It must have been raised just now. While no web process is known, this waits, because some may announce themselves.
    """
    started = time.monotonic()
    while True:
        found = announced()
        waited = time.monotonic() - started
        behind = [process for process in found if process.is_behind(generation)]
        idle = [process.process for process in behind if waited >= SETTLED and not process.follows]
        busy = [process.process for process in behind if process.process not in idle]
        result = Waited(found, busy, idle)
        if waited >= seconds or (result.sees_web_processes and not busy):
            return result
        time.sleep(min(0.5, max(0.0, seconds - waited)))
