"""Views of one model that NetBox serves under one path, so that only the first of them can be reached."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..plugins import NETBOX, companion_configs, owner_of_module, plugin_configs
from ..report import Kind, Row


def unreachable_views() -> Iterator[Row]:
    """Yield a row for each registered view whose path another view of the model has taken; no database.

    NetBox makes a URL of each registered path, in their order, and Django serves the first that fits
    (utilities/urls.py, all releases). The tab of the second shows, and leads to the first. Only the author of one of
    the two can give it another path.
    """
    from netbox.registry import registry

    configs = [*plugin_configs(), *companion_configs()]
    for app_label, models in list((registry.get("views") or {}).items()):
        try:
            found = [(name, problem) for name, entries in list(models.items()) for problem in _problems(entries)]
        except Exception:  # noqa: S112  the pass names registrations that cannot be read
            continue
        for model_name, (views, problem) in found:
            owners = [owner_of_module(view, configs) for view in views]
            owner = next((name for name in owners if name != NETBOX), NETBOX)
            yield Row(Kind.VIEWS, owner, f"{app_label}.{model_name}", (problem,))


def _problems(entries: list[dict[str, Any]]) -> Iterator[tuple[tuple[str, str], str]]:
    """For each view that cannot be reached, yield its dotted path, that of the view in its way, and a sentence."""
    served: dict[tuple[bool, str], dict[str, Any]] = {}
    for entry in list(entries):
        first = served.setdefault((entry["detail"], entry["path"]), entry)
        if first["name"] != entry["name"]:
            view, other = _dotted(entry["view"]), _dotted(first["view"])
            problem = (
                f"the view {entry['name']!r} ({view}) cannot be reached: {first['name']!r} ({other}) has the "
                f"same path {entry['path']!r}; one of them needs another path"
            )
            yield (view, other), problem


def _dotted(view: Any) -> str:
    """A feature view is registered by its dotted path, and any other by its class."""
    return view if isinstance(view, str) else f"{view.__module__}.{getattr(view, '__qualname__', '')}"
