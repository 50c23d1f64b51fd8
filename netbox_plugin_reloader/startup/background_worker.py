"""What a background worker does before its jobs: it follows itself, and the processes of its jobs inherit that."""

from __future__ import annotations

import os
import sys
from typing import Any

_worker = 0
_followed_urlconf = False


def watch_jobs() -> None:
    """Have this background worker look whether something changed before each job; no database, no cache yet.

    RQ's worker forks a process for each job, which begins with all that the worker has: a pass there would be lost
    with it. The look is before the fork. No query, and one look at the cache.
    """
    global _worker
    _worker = os.getpid()
    os.register_at_fork(before=_look)
    # RQ has a worker that forks no process, too. This signal comes from where the job runs (core/models/jobs.py).
    if signals := sys.modules.get("core.signals"):
        signals.job_start.connect(_look, dispatch_uid=f"{__name__}.look")


def _look(**kwargs: Any) -> None:
    global _followed_urlconf
    # A job may fork as well.
    if os.getpid() != _worker:
        return
    from ..processes.cache import limited
    from ..processes.following import follow_in_background_worker
    from .passes import run_pass
    from .urlconf import urlconf_is_loaded
    from .web_process import CACHE_SECONDS

    # The worker itself loads it, before it forks the process of its first job (utilities/rqworker.py, 4.7.3).
    if not _followed_urlconf and urlconf_is_loaded():
        _followed_urlconf = True
        run_pass("after NetBox loaded its URLconf")
    # The connection to the cache stays: redis-py opens another one in a process that was forked.
    with limited(CACHE_SECONDS):
        follow_in_background_worker(_follow)


def _follow() -> None:
    from .passes import follow
    from .web_process import connections_closed_again

    # A plugin may query the database to make its models, and the job's process is to share no connection to it.
    with connections_closed_again():
        follow()
