"""Querysets over object types that read the registry each time they are used (NetBox 4.2 and 4.3).

On those ``ObjectTypeManager`` (core/models/contenttypes.py) copies the registry into the conditions of each queryset
that it builds, and class bodies call it at import. In a live queryset, a condition that writes its SQL from the
registry takes the place of these.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet
from django.db.models import BooleanField, Func
from django.db.models.sql.where import OR, WhereNode

from ..compat.base import PUBLIC

if TYPE_CHECKING:
    from django.db.models import QuerySet

Labels = frozenset[tuple[str, str]]
"""Pairs of app label and model name."""


def recorded_features(registry: Any) -> list[str]:
    """Return the names of the features whose registered models the registry holds; no database.

    A plugin may have put other values there. NetBox does not mind, because it reads each feature only by its name.
    """
    return [name for name, models in registry["model_features"].items() if isinstance(models, Mapping)]


def registered_models(feature: str | None) -> Mapping[str, Collection[str]]:
    """Return app label to the names of the models registered for ``feature`` now, or of all public models."""
    from netbox.registry import registry

    models: Mapping[str, Collection[str]] = (
        registry["models"] if feature is PUBLIC else registry["model_features"][feature]
    )
    return models


def registered_labels(feature: str | None) -> Labels:
    """Return the labels of :func:`registered_models`."""
    # Copies: a plugin may register a model in another thread.
    models = list(registered_models(feature).items())
    return frozenset((app_label, name) for app_label, names in models for name in tuple(names))


class LiveCondition(Func):
    """The condition that ``app_label`` and ``model`` of a content type are among the labels known when a query runs."""

    def __init__(self) -> None:
        super().__init__("app_label", "model", output_field=BooleanField())

    def models(self) -> Mapping[str, Collection[str]]:
        """Return app label to model names."""
        raise NotImplementedError

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **extra_context: Any) -> tuple[str, tuple[Any, ...]]:
        app_label, model = self.get_source_expressions()
        app_label_sql, app_label_params = compiler.compile(app_label)
        model_sql, model_params = compiler.compile(model)
        conditions: list[str] = []
        params: list[Any] = []
        for label, registered in list(self.models().items()):
            if names := sorted(registered):
                placeholders = ", ".join(["%s"] * len(names))
                conditions.append(f"({app_label_sql} = %s AND {model_sql} IN ({placeholders}))")
                params += [*app_label_params, label, *model_params, *names]
        if not conditions:
            raise EmptyResultSet
        return f"({' OR '.join(conditions)})", tuple(params)


class IsRegistered(LiveCondition):
    """The condition that an object type's model is registered for ``feature``, or public, when a query runs."""

    def __init__(self, feature: str | None) -> None:
        super().__init__()
        self.feature = feature

    def models(self) -> Mapping[str, Collection[str]]:
        """Return what the registry holds now."""
        return registered_models(self.feature)


class IsInstalled(LiveCondition):
    """The condition that a content type belongs to a model that is installed when a query runs."""

    def models(self) -> Mapping[str, Collection[str]]:
        """Return the concrete models of all apps, as ``valid_models()`` does (core/querysets.py)."""
        from django.apps import apps

        models: dict[str, set[str]] = {}
        for model in apps.get_models():
            options = model._meta.concrete_model._meta  # type: ignore[union-attr]
            models.setdefault(options.app_label, set()).add(str(options.model_name))
        return models


def _conditions(node: Any) -> Iterator[tuple[WhereNode, int, Any]]:
    """Yield every condition below ``node`` with its parent and position, parents first."""
    for position, child in enumerate(node.children):
        yield node, position, child
        if isinstance(child, WhereNode):
            yield from _conditions(child)


def has_subquery(queryset: QuerySet[Any]) -> bool:
    """Return whether a condition of ``queryset`` uses a subquery instead of a fixed list."""
    return any(hasattr(getattr(child, "rhs", None), "where") for _, _, child in _conditions(queryset.query.where))


def _frozen_labels(node: Any) -> Labels | None:
    """Return the labels in a condition that ``public()`` or ``with_feature()`` built, or ``None`` for any other.

    That is ``app_label = … AND model IN (…)`` for each app, joined by OR.
    """
    if not isinstance(node, WhereNode) or node.negated:
        return None
    if node.connector == OR:
        parts = [_frozen_labels(child) for child in node.children]
        return None if None in parts else frozenset().union(*(part for part in parts if part is not None))
    values: dict[tuple[Any, Any], Any] = {}
    for lookup in node.children:
        column = getattr(getattr(lookup, "lhs", None), "target", None)
        values[getattr(column, "name", None), getattr(lookup, "lookup_name", None)] = getattr(lookup, "rhs", None)
    if len(node.children) != 2 or values.keys() != {("app_label", "exact"), ("model", "in")}:
        return None
    return frozenset((values["app_label", "exact"], name) for name in values["model", "in"])


def frozen_conditions(queryset: QuerySet[Any]) -> list[tuple[WhereNode, int, Labels]]:
    """Return each condition in ``queryset`` that lists models by app, with its parent and position; no database."""
    found: list[tuple[WhereNode, int, Labels]] = []
    inside: set[int] = set()
    for parent, position, child in _conditions(queryset.query.where):
        labels = None if id(parent) in inside else _frozen_labels(child)
        if labels is not None:
            found.append((parent, position, labels))
        if isinstance(child, WhereNode) and (labels is not None or id(parent) in inside):
            inside.add(id(child))
    return found


def candidates(labels: Labels, features: Iterable[str | None], netbox_apps: Collection[str]) -> list[str | None]:
    """Return which of ``features`` a condition with ``labels`` may have been frozen from; no database.

    NetBox's own apps, ``netbox_apps`` by label, are registered before the first plugin can freeze anything. So a frozen
    condition lists all of their models that have the feature, and no model of any app that lacks it.
    """

    def own(some: Labels) -> Labels:
        return frozenset(label for label in some if label[0] in netbox_apps)

    netbox_labels = own(labels)
    registered = ((feature, registered_labels(feature)) for feature in features)
    return [feature for feature, now in registered if labels <= now and netbox_labels == own(now)]


def make_live(queryset: QuerySet[Any], identify: Callable[[Labels], str | None]) -> tuple[QuerySet[Any], Labels] | None:
    """Return ``queryset`` with live conditions in place of those that NetBox froze, and the labels it lacked.

    ``identify`` returns the feature from which labels were frozen, or raises :class:`LookupError` for a condition that
    has to stay. From an empty registry NetBox builds a queryset without conditions, for which ``identify`` gets no
    labels. Everything else about the queryset stays. Returns ``None`` if there is nothing to replace. No database.
    """
    # A clone has its own tree of conditions.
    live = queryset.all()
    conditions = frozen_conditions(live) if live.query.where.children else [(live.query.where, 0, Labels())]
    missing: Labels = frozenset()
    replaced = False
    for parent, position, labels in conditions:
        try:
            feature = identify(labels)
        except LookupError:
            continue
        if labels:
            missing |= registered_labels(feature) - labels
        condition = queryset.model._default_manager.filter(IsRegistered(feature)).query.where.children
        parent.children[position : position + 1] = condition
        replaced = True
    return (live, missing) if replaced else None
