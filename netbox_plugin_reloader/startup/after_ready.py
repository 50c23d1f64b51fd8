"""Schedule the first pass for after the last plugin's ``ready()``, and prepare what comes later in the process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models.signals import post_migrate

from ..compat import running_version, select
from ..plugins import plugin_configs
from ..repair import early_imports
from .background_worker import watch_jobs
from .migrating import finished, watch
from .passes import repair_rows, run_pass

if TYPE_CHECKING:
    from django.apps import AppConfig

OCCASION = "after the last plugin's ready()"


def schedule(app_config: AppConfig) -> None:
    """Schedule the first pass for after the last plugin's ``ready()``; our own ``app_config.ready()`` calls this.

    No database, and no import of NetBox's modules.
    """
    if select(running_version()).object_type_rows:
        watch()
        # NetBox's own update_object_types() is connected already (core/signals.py, loaded with core's models).
        post_migrate.connect(_after_migrate, dispatch_uid=f"{__name__}.after_migrate")
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
        # NetBox has just written the rows from this process's models.
        repair_rows("after migrate", deliberate=True)
