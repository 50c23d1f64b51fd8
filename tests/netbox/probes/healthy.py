"""Print what ``check`` says where nothing is wrong, and a dump before and after the first and the second pass."""

from __future__ import annotations

import json
import sys
from importlib import import_module

import django
from django.conf import settings

settings.PLUGINS  # noqa: B018  NetBox loads the plugins' packages while it evaluates its settings

from netbox_plugin_reloader.startup import passes  # noqa: E402

dumps = []
run_reload_pass = passes.run_reload_pass


def describe(value, depth=0):
    """Return ``value`` as text that is equal for equal contents, without the addresses of objects."""
    if isinstance(value, dict):
        return {str(key): describe(item, depth + 1) for key, item in sorted(value.items(), key=str)}
    if isinstance(value, (set, frozenset)):
        return sorted(map(str, value))
    if isinstance(value, (list, tuple)):
        return [describe(item, depth + 1) for item in value]
    return f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', '')}" if callable(value) else str(value)


def fields():
    """Return the choices of every form field that is loaded and has some, querysets by their SQL only if frozen."""
    from django.forms import ChoiceField
    from django.forms.forms import BaseForm

    from netbox_plugin_reloader.repair.class_querysets import subclasses

    found = {}
    for form in subclasses(BaseForm):
        for name, field in getattr(form, "base_fields", {}).items():
            path = f"{form.__module__}.{form.__qualname__}.{name}"
            queryset = getattr(field, "queryset", None)
            if queryset is not None and queryset.model._meta.label in ("core.ObjectType", "contenttypes.ContentType"):
                found[path] = sorted(f"{kind.app_label}.{kind.model}" for kind in queryset)
            elif isinstance(field, ChoiceField) and queryset is None and "event_types" in name:
                found[path] = [str(value) for value, _ in field.choices]
    return found


def dump():
    from netbox.registry import registry

    navigation = sys.modules.get("netbox.navigation.menu")
    menus = getattr(navigation, "MENUS", None) or (navigation.get_menus() if navigation else [])
    preferences = sys.modules.get("netbox.preferences")
    return {
        "registry": describe({name: registry.get(name) for name in registry}),
        "fields": fields(),
        "menus": [[str(menu.label), [str(group.label) for group in menu.groups]] for menu in menus],
        "preferences": sorted(preferences.PREFERENCES) if preferences else [],
    }


def watched():
    before = dump()
    report = run_reload_pass()
    dumps.append([before, dump(), report.as_dict()])
    return report


passes.run_reload_pass = watched
django.setup()

from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.core.management import call_command  # noqa: E402

import_module("netbox.navigation.menu")
import_module("netbox.preferences")
WSGIHandler()
call_command("check")


def differences(before, after):
    return {name: [before[name], after[name]] for name in before if before[name] != after[name]}


print(
    json.dumps(
        [
            {
                "changed": differences(before, after),
                "sizes": {name: len(str(before[name])) for name in before},
                "report": report,
            }
            for before, after, report in dumps
        ]
    )
)
