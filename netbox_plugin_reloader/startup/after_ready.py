"""The first pass: after the ``ready()`` of the last plugin. What comes later in a process is prepared here too."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from django.db.models.signals import post_migrate

from ..compat import UnsupportedNetBoxVersion, running_version, select
from ..masking import masking_logger
from ..plugins import plugin_configs
from ..processes.host import WORKER, this_process
from ..repair import early_imports
from .migrating import finished, migrating, watch
from .passes import follow, repair_rows, rows_compared, run_pass

if TYPE_CHECKING:
    from django.apps import AppConfig

logger = masking_logger(__name__)

OCCASION = "after the last plugin's ready()"

_followed_urlconf = False


def schedule(app_config: AppConfig) -> None:
    """Have the first pass run after the ``ready()`` of the last plugin; called in ours, which is ``app_config``.

    On a NetBox that no strategy knows, log one error and change nothing. No database, no import.
    """
    try:
        strategy = select(running_version())
    except UnsupportedNetBoxVersion as error:
        early_imports.stop()
        logger.error("%s; nothing is changed", error)  # noqa: TRY400  a traceback would say nothing more
        return
    if strategy.object_type_rows:
        watch()
        # NetBox's own update_object_types() is connected already (core/signals.py, loaded with core's models).
        post_migrate.connect(_after_migrate, dispatch_uid=f"{__name__}.after_migrate")
    if signals := sys.modules.get("core.signals"):
        signals.job_start.connect(_before_job, dispatch_uid=f"{__name__}.before_job")
    if this_process().kind == WORKER:
        os.register_at_fork(before=_before_fork)
    # Not the last entry of PLUGINS: a plugin with its own django_apps comes earlier (netbox/settings.py).
    last = plugin_configs()[-1]
    if last is app_config:
        early_imports.stop()
        run_pass(OCCASION)
    else:
        _run_after(last)


def _run_after(last: AppConfig) -> None:
    own = vars(last).get("ready")
    ready = last.ready

    def ready_then_reload() -> None:
        if own is None:
            del last.ready
        else:
            last.ready = own  # type: ignore[method-assign]
        ready()
        early_imports.stop()
        run_pass(OCCASION)

    last.ready = ready_then_reload  # type: ignore[method-assign]


def _after_migrate(sender: AppConfig, using: str, **kwargs: Any) -> None:
    if finished(sender, using):
        repair_rows("after migrate")


def _before_fork() -> None:
    """Run the pass once NetBox's URLconf is loaded, so that no job has to.

    The worker itself loads it, before it forks the process of its first job (utilities/rqworker.py, 4.7.3).
    """
    global _followed_urlconf
    from .urlconf import urlconf_is_loaded

    if not _followed_urlconf and urlconf_is_loaded():
        _followed_urlconf = True
        run_pass("after NetBox loaded its URLconf")


def _before_job(**kwargs: Any) -> None:
    # NetBox's worker forks a process for each job, which sends this signal (core/models/jobs.py, all releases).
    from ..processes.following import follow_before_job

    follow_before_job(follow)
    if not migrating() and not rows_compared():
        repair_rows("before a job")
