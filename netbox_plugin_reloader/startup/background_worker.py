"""What a background worker does before its jobs: it follows itself, and the processes of its jobs inherit that."""

from __future__ import annotations

import functools
import logging
import os
import sys
from typing import Any

logger = logging.getLogger(__name__)

FORKS = "fork_work_horse"
"""The method in which RQ's worker forks the process of a job (rq/worker, 2.3 to 2.12)."""

_followed_urlconf = 0


def watch_jobs() -> None:
    """Have whatever background worker this process is, or forks, look before each job whether something changed.

    RQ's worker forks a process for each job, which begins with all that the worker has: a pass there would be lost
    with it. So the look is before the fork. A worker that forks no process for its jobs (``rq.SimpleWorker``) looks
    before it performs one. No signal tells of either: NetBox sends ``job_start`` for its own jobs only, and after the
    fork. No database, no cache yet.
    """
    os.register_at_fork(before=_look_before_fork)
    # NetBox has loaded it (core/models/jobs.py).
    worker: Any = getattr(sys.modules.get("rq.worker"), "SimpleWorker", object)
    for owner in worker.__mro__:
        if perform := vars(owner).get("perform_job"):
            owner.perform_job = _looking_first(perform)
            return


def _look_before_fork() -> None:
    # A pool forks its workers, RQ's worker its scheduler, and a job what it likes.
    if sys._getframe(1).f_code.co_name == FORKS:
        _look()


def _looking_first(perform: Any) -> Any:
    @functools.wraps(perform)
    def perform_job(worker: Any, *args: Any, **options: Any) -> Any:
        # In a process that was forked for the job, its parent has looked.
        if not getattr(worker, "_is_horse", False):
            _look()
        return perform(worker, *args, **options)

    return perform_job


def _look() -> None:
    try:
        _follow_if_behind()
    except Exception:
        logger.exception("The background worker could not look whether something changed; it goes on with its job")


def _follow_if_behind() -> None:
    global _followed_urlconf
    from ..processes.cache import limited
    from ..processes.following import follow_in_background_worker
    from .passes import run_pass
    from .urlconf import urlconf_is_loaded
    from .web_process import CACHE_SECONDS

    # The worker itself loads it, before the first job (utilities/rqworker.py, 4.7.3).
    if _followed_urlconf != os.getpid() and urlconf_is_loaded():
        _followed_urlconf = os.getpid()
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
