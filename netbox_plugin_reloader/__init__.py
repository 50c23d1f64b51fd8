"""NetBox Plugin Reloader makes every installed NetBox plugin fully present, whatever the order in PLUGINS."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from netbox.plugins import PluginConfig

from . import loaded  # noqa: F401  notes when this process loads its code
from .configuration import DEFAULTS, PLUGIN_NAME
from .version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.apps import AppConfig
    from django.core.checks import CheckMessage
    from django.db.models import Model

    from .report import Report

__all__ = ("__version__", "config", "reload_plugins")

logger = logging.getLogger(__name__)


class PluginReloaderConfig(PluginConfig):  # type: ignore[misc]
    name = PLUGIN_NAME
    verbose_name = "Plugin Reloader"
    description = "Makes every installed plugin fully present, whatever the order in PLUGINS"
    version = __version__
    author = "The NetBox Plugin Reloader authors"
    base_url = "plugin-reloader"
    min_version = "4.2.0"
    max_version = "4.7.99"
    required_settings: list[str] = []
    default_settings = DEFAULTS
    # NetBox appends to this list. Plugins that define none share one list (netbox/settings.py, all releases).
    django_apps: list[str] = []
    middleware = ["netbox_plugin_reloader.middleware.PluginReloaderMiddleware"]

    @classmethod
    def validate(cls, user_config: Any, netbox_version: str) -> None:
        """Let NetBox check its version, even if our configuration is not a dictionary.

        A system check reports such a configuration (``checks.check_configuration``). What NetBox raises because it is
        newer than we know says what to do as well: it is all that people hear of us there.
        """
        try:
            super().validate(user_config if isinstance(user_config, dict) else {}, netbox_version)
        except Exception as error:
            from .compat import release_for

            if advice := release_for(netbox_version):
                # The same exception: NetBox skips a plugin for one of its own class only (netbox/settings.py, 4.3).
                error.args = (f"{error} To have this plugin there, {advice}.",)
            raise
        # This is the first time that NetBox calls us, and the last before other plugins' ready().
        from .repair import early_imports

        early_imports.watch(netbox_version)

    def ready(self) -> None:
        """Schedule all that we do. On a NetBox that we do not support, register only the system check W001.

        Every NetBox process waits for this, so it imports only what a pass needs. No database.
        """
        super().ready()
        from django.core.checks import Tags, register

        from .compat import why_unsupported

        register(_check, PLUGIN_NAME)
        if reason := why_unsupported():
            from .repair import early_imports

            early_imports.stop()
            logger.error("%s", reason)
            return
        # Only --database runs it. If our name were a second tag, Django 6.1 would also run it for --tag alone.
        register(_check_database, Tags.database)
        from .startup.after_ready import schedule

        schedule(self)


config = PluginReloaderConfig


def _check(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Run all our system checks except that of rows. Few processes run checks, so only those import them."""
    from .checks import run_checks

    return run_checks()


def _check_database(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    from .checks import check_rows

    return check_rows(databases)


def reload_plugins(*models: type[Model], deleted: Iterable[type[Model]] = ()) -> Report:
    """Run one reload pass; ``models`` are those that a plugin has just made or changed, ``deleted`` those it deleted.

    See :func:`netbox_plugin_reloader.repair.reload_pass.run_reload_pass` for what it does, returns and raises.
    Every other process of NetBox runs a pass too: a web process within some seconds, before a request; a background
    worker before its next job. A plugin whose app config has a method ``follow_models()`` makes its models there first
    (:mod:`netbox_plugin_reloader.processes.told_models`). Inside a transaction, the other processes hear of the models
    when the transaction is committed.
    """
    from django.apps import apps

    from .processes.generation import raise_generation_after_commit
    from .repair.reload_pass import run_reload_pass

    deleted = tuple(deleted)
    report = run_reload_pass(*models, deleted=deleted)
    # Not from a plugin's ready(): a process that starts is up to date, and must not use the network.
    if apps.ready:
        raise_generation_after_commit({model._meta.app_label for model in (*models, *deleted)})
    return report
