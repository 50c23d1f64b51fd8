"""Views that are registered twice in NetBox's registry, so that their tabs show twice."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

_identity = itemgetter("name", "detail", "path")


def _same_view(one: Any, other: Any) -> bool:
    """A feature view is registered by its dotted path, and any other by its class."""
    if isinstance(one, str) == isinstance(other, str):
        return bool(one == other)
    path, view = (one, other) if isinstance(one, str) else (other, one)
    return bool(path == f"{view.__module__}.{getattr(view, '__qualname__', '')}")


def _regenerated(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two views' keyword arguments differ only in the class made for the same model."""
    models = one.get("model"), other.get("model")
    if not all(hasattr(model, "_meta") for model in models):
        return False
    labels = {model._meta.label_lower for model in models}  # type: ignore[union-attr]
    return len(labels) == 1 and {**one, "model": None} == {**other, "model": None}


def has_duplicates(entries: list[dict[str, Any]]) -> bool:
    """Return whether :func:`remove_duplicates` would find anything in ``entries``, or fail.

    Hardly any model has duplicates, so this must cost little.
    """
    try:
        return len(set(map(_identity, entries))) != len(entries)
    except Exception:
        return True


def remove_duplicates(entries: list[dict[str, Any]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Remove duplicates from ``entries``, the views that NetBox's registry holds for one model.

    Two entries are the same registration if name, detail and path agree. NetBox serves the first (utilities/urls.py,
    all releases), so the first stays. If a feature view was registered again for a regenerated model class, the last
    stays instead. Different views with the same name, detail and path are a conflict, and all stay. The list is changed
    in place. Returns the names of the removed views, each as often as it was removed, and the names in conflict.
    """
    kept: dict[tuple[str, bool, str], list[int]] = {}
    removed: list[int] = []
    for index, entry in enumerate(entries):
        rivals = kept.setdefault(_identity(entry), [])
        for position, rival in enumerate(rivals):
            if not _same_view(entries[rival]["view"], entry["view"]):
                continue
            if entries[rival]["kwargs"] == entry["kwargs"]:
                removed.append(index)
                break
            if _regenerated(entries[rival]["kwargs"], entry["kwargs"]):
                removed.append(rival)
                rivals[position] = index
                break
        else:
            rivals.append(index)
    names = tuple(entries[index]["name"] for index in removed)
    for index in sorted(removed, reverse=True):
        del entries[index]
    conflicts = tuple(name for (name, _, _), rivals in kept.items() if len(rivals) > 1)
    return names, conflicts
