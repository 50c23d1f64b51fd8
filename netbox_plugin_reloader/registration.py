"""Models that NetBox does not know as it should, because their plugin never had them registered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.models import Model

    from .compat.base import Strategy


def missing_registrations(model: type[Model], strategy: Strategy, registry: Any, features: Any) -> tuple[str, ...]:
    """Return what ``register_models()`` would register for ``model`` and the registry does not have; no database.

    ``registry`` is NetBox's, ``features`` its module ``netbox.models.features``. A private model is not in the store
    of public models by design, which is why that store alone cannot tell (``register_models()``, all releases).
    """
    app_label, model_name = model._meta.app_label, str(model._meta.model_name)
    missing = []
    # registry[...] warns for "models" on 4.6, and creates entries in the stores that are default dictionaries.
    public = "models" in strategy.stores and not getattr(model, "_netbox_private", False)
    if public and model_name not in registry.get("models").get(app_label, ()):
        missing.append("public model")
    if strategy.feature_sets:
        missing += [
            f"feature {feature}"
            for feature, mixin in features.FEATURES_MAP.items()
            if issubclass(model, mixin)
            and model_name not in registry.get("model_features").get(feature, {}).get(app_label, ())
        ]
    names = {entry["name"] for entry in registry.get("views").get(app_label, {}).get(model_name, ())}
    missing += [
        f"view {name}"
        for name, mixin in strategy.feature_views.items()
        if name not in names and issubclass(model, getattr(features, mixin))
    ]
    if "model_actions" in strategy.stores:
        actions = {action.name for action in registry.get("model_actions").get(f"{app_label}.{model_name}", ())}
        missing += [f"action {name}" for name, _ in model._meta.permissions if name not in actions]
    return tuple(missing)


def register(model: type[Model], registry: Any, features: Any) -> None:
    """Have NetBox register ``model``, and take back the views that the model had before; no database.

    ``register_models()`` appends its views without a look at those that are there (all releases).
    """
    entries = registry.get("views").get(model._meta.app_label, {}).get(model._meta.model_name, [])
    count, names = len(entries), {entry["name"] for entry in entries}
    features.register_models(model)
    entries[count:] = [entry for entry in entries[count:] if entry["name"] not in names]
