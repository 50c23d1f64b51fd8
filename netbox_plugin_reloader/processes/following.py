"""How a process hears that something changed: it looks at the generation now and then, and runs the pass."""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.signals import request_started

from .announcements import (
    EXPIRY,
    Announcement,
    announce,
    announce_background_worker,
    announced,
    withdraw,
    withdraw_at_exit,
)
from .generation import current_generation

INTERVAL = 5.0
"""How often a web process looks, in seconds, at most: at the start of a request."""

REFRESH = EXPIRY / 100
"""How often a web process says that it is still there, in seconds, at most."""

_looking = threading.Lock()
_next_look = _next_announcement = 0.0
_followed: int | None = None
_announced = 0
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
    # Who comes while another request looks does not wait for it.
    if now < _next_look or not _looking.acquire(blocking=False):
        return
    try:
        _next_look = now + INTERVAL
        if _run_pass is not None:
            _run_if_behind(_run_pass)
    finally:
        _looking.release()


@contextmanager
def following(generation: int | None) -> Iterator[bool]:
    """Have the body run the pass of ``generation``, which was raised before, and announce that; tell who runs it.

    Gives whether this is a web process: no other follows, or says anything. If another thread follows at this moment,
    it is not waited for, as it may itself wait for what this one holds in the database; the next look makes up for it.
    No database.
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
    global _followed
    generation = current_generation()
    if generation is not None and generation != _followed:
        run_pass()
        _followed = generation
        _announce()
    elif time.monotonic() >= _next_announcement or os.getpid() != _announced:
        _announce()


def _announce() -> None:
    global _announced, _next_announcement
    if _announced not in (0, os.getpid()):
        # This process was forked from one that was prepared, and serves requests in its place.
        withdraw(_announced)
    _announced = os.getpid()
    # A cache that was away is told at the next look.
    _next_announcement = time.monotonic() + (REFRESH if announce(_followed) else 0.0)


def follow_in_background_worker(run_pass: Callable[[], None]) -> None:
    """Run the pass in this background worker if something changed since it did, and announce the worker.

    One look at the cache, and no more unless something changed or the worker has said nothing for a while.
    """
    global _followed, _next_announcement
    generation = current_generation()
    if generation is not None and generation != _followed:
        run_pass()
        _followed = generation
    elif time.monotonic() < _next_announcement:
        return
    _next_announcement = time.monotonic() + (REFRESH if announce_background_worker(generation) else 0.0)


def wait_for(generation: int | None, seconds: float) -> list[Announcement]:
    """Wait up to ``seconds`` until every web process has run the pass of ``generation``, and return all processes."""
    deadline = time.monotonic() + seconds
    while True:
        processes = announced()
        if time.monotonic() >= deadline or not any(process.is_behind(generation) for process in processes):
            return processes
        time.sleep(min(0.5, max(0.0, deadline - time.monotonic())))
