"""Which plugins are really installed, by their app configs.

From 4.3 on NetBox skips an incompatible plugin but leaves its name in ``settings.PLUGINS`` (netbox/settings.py). And
the last part of a dotted name is an app label only by convention. So the names in PLUGINS cannot be trusted.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.apps import AppConfig, apps
from django.conf import settings

from .loaded import LOADED

if TYPE_CHECKING:
    from django.db.models import Model

logger = logging.getLogger(__name__)

NETBOX = "netbox"
"""Used instead of a plugin's name for what belongs to no plugin."""


def plugin_configs() -> list[AppConfig]:
    """Return the app configs of all installed plugins, in the order in which Django calls their ``ready()``."""
    from netbox.plugins import PluginConfig

    return [app_config for app_config in apps.get_app_configs() if isinstance(app_config, PluginConfig)]


def companion_configs() -> list[AppConfig]:
    """Return the app configs of the apps that installed plugins bring along and that are not plugins themselves.

    ``PluginConfig.django_apps`` lists them by the path of a module or of an app config. NetBox adds the plugin itself
    to that list. Plugins without a list of their own share one (netbox/settings.py, all releases).
    """
    plugins = plugin_configs()
    entries = {entry for plugin in plugins for entry in getattr(plugin, "django_apps", ())}
    classes = set()
    for entry in entries:
        module_name, _, class_name = entry.rpartition(".")
        classes.add(getattr(sys.modules.get(module_name), class_name, None))
    return [
        app_config
        for app_config in apps.get_app_configs()
        if app_config not in plugins and (app_config.name in entries or type(app_config) in classes)
    ]


def skipped_plugins() -> list[str]:
    """Return the entries of ``settings.PLUGINS`` that NetBox did not install."""
    installed = {type(app_config) for app_config in plugin_configs()}
    return [name for name in settings.PLUGINS if getattr(sys.modules.get(name), "config", None) not in installed]


def changed_on_disk() -> dict[str, float]:
    """Return the plugins that were installed or changed after this process loaded them, and when in seconds since 1970.

    Installing a plugin writes its ``dist-info`` folder. An editable plugin has none beside it, so its own file counts.
    """
    loaded = time.time() - (time.monotonic() - LOADED)
    changed = {}
    for app_config in plugin_configs():
        package = app_config.name.partition(".")[0]
        file = Path(getattr(sys.modules.get(package), "__file__", None) or app_config.path)
        times = []
        for path in (file, *file.parent.parent.glob(f"{package}-*.dist-info")):
            with suppress(OSError):
                times.append(path.stat().st_mtime)
        if times and max(times) > loaded:
            changed[app_config.name] = max(times)
    return changed


def models_of(app_config: AppConfig) -> Iterator[type[Model]]:
    """Yield the models that NetBox would register for ``app_config``; no database.

    These are the models that Django's own ``get_models()`` returns. Plugins override that method, some with a database
    query; others make models in another thread meanwhile. Finish with one model before you take the next: then it is
    still in the processor's caches, which cannot hold thousands of models.
    """
    for model in list((app_config.models or {}).values()):
        if not (model._meta.auto_created or model._meta.swapped):
            yield model


def label_of(model: type[Model]) -> str:
    """Return the label of ``model`` in lower case, or the path of its class if its options raise."""
    try:
        return str(model._meta.label_lower)
    except Exception:
        return f"{model.__module__}.{model.__qualname__}"


def check_run_time_models(models: Iterable[Any]) -> None:
    """Raise :class:`ValueError` unless each of ``models`` is a model that an installed plugin may make at run time.

    That is a concrete class of the plugin itself or of an app that it brings along. It may be unmanaged.
    The message names the model and what is wrong with it.
    """
    from django.db.models import Model

    labels = {app_config.label for app_config in (*plugin_configs(), *companion_configs())}
    for model in models:
        if not (isinstance(model, type) and issubclass(model, Model)):
            raise ValueError(f"{model!r} is not a model class")  # noqa: TRY004  one kind of error for every wrong model
        options = model._meta
        problems = {
            "is abstract": options.abstract,
            "is swapped": bool(options.swapped),
            "belongs to no installed plugin": options.app_label not in labels,
        }
        for problem, applies in problems.items():
            if applies:
                raise ValueError(f"{options.label} {problem} and cannot be registered")


def owner_of_module(path: str, configs: Iterable[AppConfig]) -> str:
    """Return the name of the plugin among ``configs`` whose package holds the dotted ``path``, or :data:`NETBOX`."""
    names = [app_config.name for app_config in configs if f"{path}.".startswith(f"{app_config.name}.")]
    return max(names, key=len, default=NETBOX)


def owner_of(app_label: str, configs: Iterable[AppConfig]) -> str:
    """Return the name of the plugin among ``configs`` with ``app_label``, else that of its app, else the label."""
    for app_config in configs:
        if app_config.label == app_label:
            return app_config.name
    return apps.app_configs[app_label].name if app_label in apps.app_configs else app_label
