"""Every queryset that a form, serializer or filterset class of this process holds, wherever it was declared."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from django.forms import ModelChoiceField
from django.forms.forms import BaseForm


def subclasses(base: type) -> Iterator[type]:
    """Yield ``base`` and every class derived from it, each once, parents before their children."""
    # By identity: a metaclass may have made its classes unhashable. The list keeps them alive.
    seen, waiting = {id(base)}, [base]
    for found in waiting:
        yield found
        derived: type
        for derived in type.__subclasses__(found):
            if id(derived) not in seen:
                seen.add(id(derived))
                waiting.append(derived)


def path_of(found: type) -> str:
    """Return the dotted path of a class, whatever its metaclass makes of its attributes."""
    module, name = (type.__dict__[attribute].__get__(found) for attribute in ("__module__", "__qualname__"))
    return f"{module}.{name}"


def _form_field(field: Any) -> tuple[Any, Callable[[Any], None]] | None:
    if not isinstance(field, ModelChoiceField):
        return None
    return field.queryset, lambda queryset: setattr(field, "queryset", queryset)


def _serializer_field(field: Any) -> tuple[Any, Callable[[Any], None]] | None:
    # A field with many=True wraps the one that has the queryset.
    field = getattr(field, "child_relation", field)
    if not hasattr(field, "queryset") or "queryset" not in getattr(field, "_kwargs", {}):
        return None

    def replace(queryset: Any) -> None:
        # A serializer makes its fields from these arguments each time (rest_framework/fields.py, Field.__deepcopy__).
        field._kwargs["queryset"] = queryset
        field.queryset = queryset

    return field.queryset, replace


def _filter(filter_: Any) -> tuple[Any, Callable[[Any], None]] | None:
    if "queryset" not in getattr(filter_, "extra", {}):
        return None

    def replace(queryset: Any) -> None:
        filter_.extra["queryset"] = queryset
        filter_.queryset = queryset
        # The form field that was made from the old queryset.
        vars(filter_).pop("_field", None)

    return filter_.extra["queryset"], replace


FAMILIES = (
    (BaseForm.__module__, BaseForm.__name__, "base_fields", _form_field),
    ("rest_framework.serializers", "Serializer", "_declared_fields", _serializer_field),
    ("django_filters.filterset", "BaseFilterSet", "base_filters", _filter),
)
"""The module and the name of each base class, the attribute that holds its fields, and what reads such a field."""


def class_querysets(skip: Callable[[str, Exception], None]) -> Iterator[tuple[str, Any, Callable[[Any], None]]]:
    """Yield the querysets of all loaded classes, each once and where it is declared; no database, no import.

    That is the dotted path of the attribute that holds it, the queryset, and a function that replaces it.

    Subclasses share the field objects of their parents. For a class that cannot be examined, ``skip`` is called with
    its dotted path and the exception.
    """
    # By identity. The field is held so that no other object can take over its identity.
    seen: dict[int, Any] = {}
    for module, base_name, attribute, access in FAMILIES:
        base = getattr(sys.modules.get(module), base_name, None)
        for found in subclasses(base) if base is not None else ():
            try:
                fields: Mapping[str, Any] = getattr(found, attribute, None) or {}
                held = _held(found, fields.items(), access, seen)
            except Exception as error:
                skip(path_of(found), error)
                continue
            yield from held


def _held(
    found: type,
    fields: Iterable[tuple[str, Any]],
    access: Callable[[Any], tuple[Any, Callable[[Any], None]] | None],
    seen: dict[int, Any],
) -> list[tuple[str, Any, Callable[[Any], None]]]:
    held = []
    for name, field in fields:
        if id(field) not in seen:
            seen[id(field)] = field
            accessed = access(field)
            if accessed is not None and accessed[0] is not None:
                held.append((f"{path_of(found)}.{name}", *accessed))
    return held
