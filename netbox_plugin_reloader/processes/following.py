"""How a process hears that something changed: it looks at the generation now and then, and runs the pass."""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Callable
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
from .host import WORKER, this_process

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
    # A process that was forked from a prepared one announces itself with its first request.
    if now < _next_look and os.getpid() == _announced:
        return
    # Who comes while another request looks does not wait for it.
    if not _looking.acquire(blocking=False):
        return
    try:
        _next_look = now + INTERVAL
        if _run_pass is not None:
            _run_if_behind(_run_pass)
    finally:
        _looking.release()


def follow_now() -> None:
    """Run the pass if this is a web process and behind, and announce that; no database, one look at the cache.

    If another thread follows at this moment, it is not waited for: it may itself wait for what this one holds in the
    database.
    """
    if _run_pass is not None and _looking.acquire(blocking=False):
        try:
            _run_if_behind(_run_pass)
        finally:
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


def follow_before_job(run_pass: Callable[[], None]) -> None:
    """Run the pass before a background job if anything ever changed, and announce the job's worker.

    The worker itself only ever forks the processes of its jobs, and they know what it knew when it started. A job that
    runs in another process, as a script in a web process does, is none of a worker. Asks the cache.
    """
    if this_process().kind != WORKER:
        return
    generation = current_generation()
    if generation is not None:
        run_pass()
    announce_background_worker(generation)


def wait_for(generation: int | None, seconds: float) -> list[Announcement]:
    """Wait up to ``seconds`` until every web process has run the pass of ``generation``, and return all processes."""
    deadline = time.monotonic() + seconds
    while True:
        processes = announced()
        if time.monotonic() >= deadline or not any(process.is_behind(generation) for process in processes):
            return processes
        time.sleep(min(0.5, max(0.0, deadline - time.monotonic())))
