"""Models that NetBox does not know as it should, because their plugin did not have them registered."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.apps import AppConfig
    from django.db.models import Model

    from ..compat.base import Strategy


class Registrar:
    """What NetBox's ``registry`` holds about a model, and what it should hold; no database.

    ``features`` is the module ``netbox.models.features``.
    """

    def __init__(self, strategy: Strategy, registry: Any, features: Any) -> None:
        self.strategy = strategy
        self.registry = registry
        self.features = features
        self.has_public_models = "models" in strategy.stores
        self.has_actions = "model_actions" in strategy.stores
        self._feature_views = [(name, getattr(features, mixin)) for name, mixin in strategy.feature_views.items()]
        self._feature_names: dict[str, list[tuple[str, type, Collection[str]]]] = {}

    def store(self, name: str) -> Any:
        """Return a store of the registry; ``registry[name]`` would warn for ``models`` on 4.6."""
        return self.registry.get(name)

    def entries(self, model: type[Model]) -> list[dict[str, Any]]:
        """Return the view registrations of ``model``; the list is the registry's own if there are any."""
        entries: list[dict[str, Any]] = (
            self.store("views").get(model._meta.app_label, {}).get(model._meta.model_name, [])
        )
        return entries

    def is_public(self, model: type[Model]) -> bool:
        """Return whether ``model`` is in the store of public models, on a line that has one."""
        names = self.store("models").get(model._meta.app_label, ()) if self.has_public_models else ()
        return model._meta.model_name in names

    def has_features(self, model: type[Model]) -> bool:
        """Return whether ``model`` has any of NetBox's model features."""
        if self.strategy.feature_sets:
            return any(issubclass(model, mixin) for mixin in self.features.FEATURES_MAP.values())
        return any(test(model) for test in self.store("model_features").values())

    def feature_names(self, app_label: str) -> list[tuple[str, type, Collection[str]]]:
        """Return each NetBox feature, its mixin, and the names of an app's models that are registered for it.

        The answer is kept until a model is registered: the names are the registry's own sets, and registering a model
        may make new ones.
        """
        if app_label not in self._feature_names:
            registered = self.store("model_features")
            self._feature_names[app_label] = [
                (feature, mixin, registered.get(feature, {}).get(app_label, ()))
                for feature, mixin in self.features.FEATURES_MAP.items()
            ]
        return self._feature_names[app_label]

    def missing(self, model: type[Model], *, public: bool = True) -> tuple[str, ...]:
        """Return what ``register_models()`` would register for ``model`` but the registry does not have.

        A private model is not in the store of public models by design, which is why that store alone cannot tell.
        With ``public`` false the store does not count, as for the models of a companion app.
        """
        app_label, model_name = model._meta.app_label, model._meta.model_name
        missing = []
        if public and self.has_public_models and not self.is_public(model) and not _is_private(model):
            missing.append("public model")
        if self.strategy.feature_sets:
            missing += [
                f"feature {feature}"
                for feature, mixin, names in self.feature_names(app_label)
                if model_name not in names and issubclass(model, mixin)
            ]
        names = {entry["name"] for entry in self.entries(model)}
        missing += [
            f"view {name}" for name, mixin in self._feature_views if name not in names and issubclass(model, mixin)
        ]
        if self.has_actions:
            actions = {action.name for action in self.store("model_actions").get(f"{app_label}.{model_name}", ())}
            missing += [f"action {name}" for name, _ in model._meta.permissions if name not in actions]
        return tuple(missing)

    def is_complete(self, model: type[Model]) -> bool:
        """Return whether nothing of ``model`` is :meth:`missing`; false if that raises.

        Nearly all models are complete, so this has to be cheap.
        """
        try:
            return not self.missing(model)
        except Exception:
            return False

    def register(self, model: type[Model], *, public: bool = True) -> None:
        """Make NetBox register ``model``, and remove the views that this registers a second time.

        ``register_models()`` appends views without checking which exist, and makes every model public that is not
        marked as private (netbox/models/features.py, all releases).
        """
        entries, was_public = self.entries(model), self.is_public(model)
        count, names = len(entries), {entry["name"] for entry in entries}
        self.features.register_models(model)
        self._feature_names.clear()
        entries[count:] = [entry for entry in entries[count:] if entry["name"] not in names]
        if not public and not was_public and self.has_public_models:
            self.store("models")[model._meta.app_label].discard(model._meta.model_name)

    def register_regenerated(self, model: type[Model]) -> bool:
        """Make NetBox register ``model`` again if its views belong to an older class; return whether it did.

        The views of both classes are registered then, and
        :func:`~netbox_plugin_reloader.repair.duplicate_views.remove_duplicates` keeps the newer ones.
        """
        classes = [entry["kwargs"]["model"] for entry in self.entries(model) if "model" in entry["kwargs"]]
        if all(other is model for other in classes):
            return False
        self.features.register_models(model)
        return True

    def forget(self, app_label: str, model_name: str) -> tuple[str, ...]:
        """Remove all that the registry holds about a deleted model, and return what that was."""
        gone = [f"view {entry['name']}" for entry in self.store("views").get(app_label, {}).pop(model_name, ())]
        if self.has_public_models and model_name in self.store("models").get(app_label, ()):
            self.store("models")[app_label].discard(model_name)
            gone.append("public model")
        if self.strategy.feature_sets:
            for feature, names in self.store("model_features").items():
                if model_name in names.get(app_label, ()):
                    names[app_label].discard(model_name)
                    gone.append(f"feature {feature}")
        label = f"{app_label}.{model_name}"
        if self.has_actions and self.store("model_actions").pop(label, None):
            gone.append("actions")
        if self.store("search").pop(label, None):
            gone.append("search index")
        return tuple(gone)


def _is_private(model: type[Model]) -> bool:
    return bool(getattr(model, "_netbox_private", False))


def unloaded_resources(app_config: AppConfig, strategy: Strategy) -> tuple[str, ...]:
    """Return the modules of a plugin that hold resources for NetBox and are not loaded; no database, no import of them.

    ``PluginConfig.ready()`` imports the module of every resource (netbox/plugins/__init__.py, all releases). So only a
    plugin with a ``ready()`` of its own can have any.
    """
    from netbox.plugins import PluginConfig

    # Somebody may have replaced the instance's.
    if getattr(app_config.ready, "__func__", None) is PluginConfig.ready:
        return ()
    unloaded = set()
    for module in {_resource(app_config, strategy, name)[0] for name in strategy.resources}:
        try:
            exists = module not in sys.modules and find_spec(module) is not None
        except ImportError:
            exists = False
        if exists:
            unloaded.add(module)
    return tuple(sorted(unloaded))


def loaded_menu_items(app_config: AppConfig, strategy: Strategy) -> Sequence[Any]:
    """Return the menu items that NetBox loaded from a plugin, or an empty sequence; no database, no import of them."""
    module, name = _resource(app_config, strategy, "menu_items")
    return getattr(sys.modules.get(module), name, None) or ()


def _resource(app_config: AppConfig, strategy: Strategy, name: str) -> tuple[str, str]:
    """Return the module where NetBox looks for the resource ``name`` of a plugin, and what it is called there."""
    path = getattr(app_config, name, None) or f"{strategy.resources[name]}.{name}"
    module, _, attribute = path.rpartition(".")
    return f"{type(app_config).__module__}.{module}", attribute
