"""NetBox Plugin Reloader: every installed NetBox plugin fully present, whatever the order in PLUGINS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netbox.plugins import PluginConfig

from . import loaded  # noqa: F401  notes when this process loads its code
from .configuration import DEFAULTS, PLUGIN_NAME
from .version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import Model

    from .report import Report

__all__ = ("__version__", "config", "reload_plugins")


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
    # NetBox appends to this list, and plugins without their own share one (netbox/settings.py, all releases).
    django_apps: list[str] = []
    middleware = ["netbox_plugin_reloader.middleware.PluginReloaderMiddleware"]

    @classmethod
    def validate(cls, user_config: Any, netbox_version: str) -> None:
        """Let NetBox check its version, but not stumble over a configuration that is no dictionary.

        A system check names that one (``checks.check_configuration``).
        """
        super().validate(user_config if isinstance(user_config, dict) else {}, netbox_version)
        # The first moment at which NetBox calls us, and the last one before other plugins' ready().
        from .repair import early_imports

        early_imports.watch(netbox_version)

    def ready(self) -> None:
        super().ready()
        from . import checks
        from .startup.after_ready import schedule

        checks.register()
        schedule(self)


config = PluginReloaderConfig


def reload_plugins(*models: type[Model], deleted: Iterable[type[Model]] = ()) -> Report:
    """Run one reload pass; ``models`` are those that a plugin has just made or changed, ``deleted`` those it deleted.

    See :func:`netbox_plugin_reloader.repair.reload_pass.reload_plugins`, which says what it does, returns and raises.
    Every other process of NetBox runs a pass too: a web process before a request within some seconds, a background
    worker before its next job. Before it, a plugin that told of models makes them there, if its app config has a method
    ``follow_models()`` (:mod:`netbox_plugin_reloader.processes.told_models`). Inside a transaction the other processes
    hear of it when that is committed.
    """
    from django.apps import apps

    from .processes.generation import raise_generation_after_commit
    from .repair.reload_pass import reload_plugins

    deleted = tuple(deleted)
    report = reload_plugins(*models, deleted=deleted)
    # Not from a plugin's ready(): who starts is up to date, and asks for nothing of the network.
    if apps.ready:
        raise_generation_after_commit({model._meta.app_label for model in (*models, *deleted)})
    return report
