"""Template extensions that show on the wrong pages, because NetBox does not read how they name their models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps

from ..plugins import companion_configs, owner_of_module, plugin_configs
from ..report import Kind, Row


def misplaced_extensions() -> Iterator[Row]:
    """Yield a row for each template extension that shows on every page, or on none, though it names models.

    NetBox reads ``models``, a list of labels in lower case, and no other attribute from 4.3.0 on; an extension without
    it shows for every model (netbox/plugins/registration.py). No database.
    """
    from netbox.registry import registry

    store = (registry.get("plugins") or {}).get("template_extensions") or {}
    configs = [*plugin_configs(), *companion_configs()]
    everywhere = {
        extension: f"names its models by {ignored}, which this NetBox ignores, so it shows for every model"
        for extension in store.get(None, ())
        if (ignored := _ignored(extension))
    }
    nowhere = {
        extension: f"names its models by models = {extension.models!r}, but NetBox knows no model of that name"
        for label, extensions in store.items()
        if label is not None and not _is_label(label)
        for extension in extensions
    }
    for extension, problem in {**everywhere, **nowhere}.items():
        path = f"{extension.__module__}.{extension.__qualname__}"
        what_to_do = "its author has to name them in models, a list such as ['dcim.site']"
        yield Row(Kind.TEMPLATES, owner_of_module(path, configs), path, (f"{problem}; {what_to_do}",))


def _ignored(extension: Any) -> str:
    """Return the attribute of ``extension`` that names models, with its value, or an empty text if there is none."""
    for cls in extension.__mro__:
        for name, value in vars(cls).items():
            labels = [value] if isinstance(value, str) else value
            if name != "models" and isinstance(labels, (list, tuple, set)) and labels and all(map(_is_model, labels)):
                return f"{name} = {value!r}"
    return ""


def _is_label(label: Any) -> bool:
    return isinstance(label, str) and label.count(".") == 1 and label == label.lower()


def _is_model(label: Any) -> bool:
    app_label, _, model_name = label.partition(".") if isinstance(label, str) else ("", "", "")
    return model_name.lower() in apps.all_models.get(app_label, {})
