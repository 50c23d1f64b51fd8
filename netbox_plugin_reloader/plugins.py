"""Which plugins are really installed, by their app configs.

From 4.3 on NetBox skips an incompatible plugin and leaves its name in ``settings.PLUGINS`` (netbox/settings.py), and
the last part of a dotted name is an app label only by convention: neither list of names can be trusted.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.apps import AppConfig, apps
from django.conf import settings

if TYPE_CHECKING:
    from django.db.models import Model


def plugin_configs() -> list[AppConfig]:
    """Return the app configs of all installed plugins, in the order in which Django calls their ``ready()``."""
    from netbox.plugins import PluginConfig

    return [app_config for app_config in apps.get_app_configs() if isinstance(app_config, PluginConfig)]


def skipped_plugins() -> list[str]:
    """Return the entries of ``settings.PLUGINS`` that NetBox did not install."""
    installed = {type(app_config) for app_config in plugin_configs()}
    return [name for name in settings.PLUGINS if getattr(sys.modules.get(name), "config", None) not in installed]


def models_of(app_config: AppConfig) -> list[type[Model]]:
    """Return the models that NetBox would register for ``app_config``; no database.

    Plugins override ``get_models()``, some with a database query, so Django's own is asked.
    """
    return list(AppConfig.get_models(app_config))


def owner_of(app_label: str, configs: Iterable[AppConfig]) -> str:
    """Return the name of the plugin among ``configs`` with ``app_label``, or of whatever other app has it."""
    for app_config in configs:
        if app_config.label == app_label:
            return app_config.name
    return apps.app_configs[app_label].name if app_label in apps.app_configs else app_label
