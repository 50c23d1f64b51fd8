"""Models that a plugin makes, changes or deletes at run time: which plugins told of some, and how a process follows.

A plugin tells of its models by ``reload_plugins()``. It follows in other processes only if its app config has a method
:data:`HOOK`. We never make a plugin's classes unasked: netbox-custom-objects 0.4.10 keeps a class without its fields if
it is asked for the class at the wrong moment.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..plugins import check_run_time_models, plugin_configs
from .cache import ask, get, own

if TYPE_CHECKING:
    from django.apps import AppConfig
    from django.db.models import Model

logger = logging.getLogger(__name__)

HOOK = "follow_models"
"""The method of an app config that makes the classes of its models again, and returns those that are new or changed."""

KEY = "models."

LOST = object()

_known: dict[str, object] = {}
"""The token of the last news of each plugin that this process has followed, by app label."""


def tell(app_labels: Iterable[str]) -> None:
    """Tell the other processes that models of these apps were made, changed or deleted; asks the cache."""
    told = {label: uuid.uuid4().hex for label in app_labels}
    _known.update(told)
    for label, token in told.items():
        ask(lambda cache, label=label, token=token: cache.set(own(f"{KEY}{label}"), token, timeout=None), None)  # type: ignore[misc]


def note_what_is_told() -> None:
    """Note what was told until now: a process that starts has made its models itself. Asks the cache."""
    told_of()


def forget_what_was_told() -> None:
    """Treat every plugin with a :data:`HOOK` as one that told of models, because the cache was emptied."""
    for app_config in plugin_configs():
        if hasattr(app_config, HOOK):
            _known[app_config.label] = LOST


def told_of() -> list[AppConfig]:
    """Return the plugins with a :data:`HOOK` that told of models since this process last asked; one question each."""
    found = []
    for app_config in plugin_configs():
        if hasattr(app_config, HOOK):
            label = app_config.label
            known = _known.get(label)
            token = ask(lambda cache, label=label: get(cache, own(f"{KEY}{label}")), known)  # type: ignore[misc]
            if known != token:
                _known[label] = token
                found.append(app_config)
    return found


def models_to_follow() -> tuple[list[type[Model]], list[str]]:
    """Let each plugin that told of models make them here; return these classes, and the labels of the plugins' apps.

    If a plugin's method raises, or returns what is not a model of a plugin, that is logged. The method may query the
    database.
    """
    made = {app_config.label: _made_by(app_config) for app_config in told_of()}
    return [model for models in made.values() for model in models or ()], [
        label for label, models in made.items() if models is not None
    ]


def _made_by(app_config: AppConfig) -> list[type[Model]] | None:
    """Return the models that a plugin makes here, or ``None`` if it fails."""
    try:
        models = list(getattr(app_config, HOOK)() or ())
        check_run_time_models(models)
    except Exception:
        logger.exception("%s: its models could not be made by %s()", app_config.name, HOOK)
        return None
    return models
