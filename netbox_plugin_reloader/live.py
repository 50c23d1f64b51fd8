"""Querysets over object types that read the registry each time they are used (NetBox 4.2 and 4.3).

There ``ObjectTypeManager`` (core/models/contenttypes.py) copies the registry into the queryset's conditions when a
form class is built. A live queryset has one condition instead, which writes its SQL from the registry.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet
from django.db.models import BooleanField, Func
from django.db.models.sql.where import AND, OR, WhereNode

from .compat.base import PUBLIC

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.forms import ModelChoiceField

Labels = frozenset[tuple[str, str]]
"""Pairs of app label and model name."""


class UnknownQueryset(Exception):
    """A queryset has conditions other than those that NetBox builds from its registry."""


def registered_models(feature: str | None) -> Mapping[str, Collection[str]]:
    """Return app label to the names of the models registered for ``feature`` now, or of all public models."""
    from netbox.registry import registry

    models: Mapping[str, Collection[str]] = (
        registry["models"] if feature is PUBLIC else registry["model_features"][feature]
    )
    return models


def registered_labels(feature: str | None) -> Labels:
    """Return the labels of :func:`registered_models`."""
    return frozenset((app_label, name) for app_label, names in registered_models(feature).items() for name in names)


class IsRegistered(Func):
    """The condition that an object type's model is registered for ``feature`` when the query runs."""

    def __init__(self, feature: str | None) -> None:
        super().__init__("app_label", "model", output_field=BooleanField())
        self.feature = feature

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **extra_context: Any) -> tuple[str, tuple[Any, ...]]:
        app_label, model = self.get_source_expressions()
        app_label_sql, app_label_params = compiler.compile(app_label)
        model_sql, model_params = compiler.compile(model)
        conditions: list[str] = []
        params: list[Any] = []
        for label, names in registered_models(self.feature).items():
            if names:
                placeholders = ", ".join(["%s"] * len(names))
                conditions.append(f"({app_label_sql} = %s AND {model_sql} IN ({placeholders}))")
                params += [*app_label_params, label, *model_params, *sorted(names)]
        if not conditions:
            raise EmptyResultSet
        return f"({' OR '.join(conditions)})", tuple(params)


def _leaves(node: Any) -> Iterator[Any]:
    if isinstance(node, WhereNode):
        for child in node.children:
            yield from _leaves(child)
    else:
        yield node


def is_live(queryset: QuerySet[Any]) -> bool:
    """Return whether ``queryset`` reads the registry each time it is used."""
    return any(isinstance(getattr(leaf, "lhs", None), IsRegistered) for leaf in _leaves(queryset.query.where))


def _labels(node: Any) -> Labels:
    if not isinstance(node, WhereNode) or node.negated:
        raise UnknownQueryset
    if node.connector == AND and len(node.children) == 1:
        return _labels(node.children[0])
    if node.connector == OR:
        return frozenset().union(*(_labels(child) for child in node.children))
    values: dict[tuple[Any, Any], Any] = {}
    for lookup in node.children:
        column = getattr(getattr(lookup, "lhs", None), "target", None)
        values[getattr(column, "name", None), getattr(lookup, "lookup_name", None)] = getattr(lookup, "rhs", None)
    if len(node.children) != 2 or values.keys() != {("app_label", "exact"), ("model", "in")}:
        raise UnknownQueryset
    return frozenset((values["app_label", "exact"], name) for name in values["model", "in"])


def frozen_labels(queryset: QuerySet[Any]) -> Labels:
    """Return the labels that were registered when NetBox built ``queryset``, read from its conditions; no database.

    A queryset that was built from an empty registry has no condition and offers everything: the result is empty.
    Raises :class:`UnknownQueryset` where the conditions are not NetBox's.
    """
    where = queryset.query.where
    return _labels(where) if where.children else frozenset()


def make_live(field: ModelChoiceField[Any], feature: str | None) -> Labels:
    """Make the form ``field`` offer what is registered for ``feature`` whenever it is used; no database.

    The field is changed in place: a form's ``base_fields`` and its subclasses share it, and instances copy it. Its
    ordering stays. Returns the labels that were missing so far, none if the field is live already. Raises
    :class:`UnknownQueryset`, and leaves the field alone, where its queryset is not NetBox's.
    """
    queryset = field.queryset
    if queryset is None:
        raise UnknownQueryset
    if is_live(queryset):
        return frozenset()
    missing = registered_labels(feature) - frozen_labels(queryset)
    field.queryset = queryset.model._default_manager.filter(IsRegistered(feature)).order_by(*queryset.query.order_by)
    return missing
