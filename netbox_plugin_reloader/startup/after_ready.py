"""The first pass: after the ``ready()`` of the last plugin. What comes later in a process is prepared here too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models.signals import post_migrate

from ..compat import UnsupportedNetBoxVersion, running_version, select
from ..masking import masking_logger
from ..plugins import plugin_configs
from ..processes.host import WORKER, this_process
from ..repair import early_imports
from .background_worker import watch_jobs
from .migrating import finished, watch
from .passes import repair_rows, run_pass

if TYPE_CHECKING:
    from django.apps import AppConfig

logger = masking_logger(__name__)

OCCASION = "after the last plugin's ready()"


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
    if this_process().kind == WORKER:
        watch_jobs()
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
        # NetBox has just written them as this process has them.
        repair_rows("after migrate", deliberate=True)
