"""What a background worker does before each job: it follows, and the process of the job inherits the result."""

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
    """Make a background worker, this process or one that it forks, check before each job whether something changed.

    RQ's worker forks a process for each job. A pass in that process would be lost when it ends, so the worker looks
    before it forks. A worker that does not fork for its jobs (``rq.SimpleWorker``) looks before it performs one. No
    signal tells of these moments: NetBox sends ``job_start`` for its own jobs only, and after the fork. No database, no
    cache yet.
    """
    os.register_at_fork(before=_look_before_fork)
    # NetBox has loaded RQ (core/models/jobs.py).
    worker: Any = getattr(sys.modules.get("rq.worker"), "SimpleWorker", object)
    for owner in worker.__mro__:
        if perform := vars(owner).get("perform_job"):
            owner.perform_job = _looking_first(perform)
            return


def _look_before_fork() -> None:
    # Other forks do not count: a pool forks its workers, RQ's worker its scheduler, and a job whatever it likes.
    if sys._getframe(1).f_code.co_name == FORKS:
        _look()


def _looking_first(perform: Any) -> Any:
    @functools.wraps(perform)
    def perform_job(worker: Any, *args: Any, **options: Any) -> Any:
        # If this process was forked for the job, its parent has looked already.
        if not getattr(worker, "_is_horse", False):
            _look()
        return perform(worker, *args, **options)

    return perform_job


def _look() -> None:
    try:
        _follow_if_behind()
    except Exception:
        logger.exception("The background worker could not check whether something changed; it goes on with its job")


def _follow_if_behind() -> None:
    global _followed_urlconf
    from ..processes.cache import limited
    from ..processes.following import follow_in_background_worker
    from .passes import run_pass
    from .urlconf import urlconf_is_loaded
    from .web_process import CACHE_SECONDS

    # NetBox's worker loads the URLconf itself before its first job (utilities/rqworker.py, 4.7.3).
    if _followed_urlconf != os.getpid() and urlconf_is_loaded():
        _followed_urlconf = os.getpid()
        run_pass("after NetBox loaded its URLconf")
    # The connection to the cache stays open: in a forked process redis-py opens its own.
    with limited(CACHE_SECONDS):
        follow_in_background_worker(_follow)


def _follow() -> None:
    from .passes import follow
    from .web_process import connections_closed_again

    # A plugin may query the database to make its models, and the job's process must not inherit the connection.
    with connections_closed_again():
        follow()
