"""Print whether every class-level queryset and choice list in this web process equals what its source says now.

Not the strategies' tables but the source of every loaded module, NetBox's and the plugins', says which these are. With
the argument ``started`` only what NetBox's start-up loaded, and this is no web process: seconds less, and enough for
the menus.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.urls import get_resolver
from netbox.navigation import menu
from netbox.preferences import PREFERENCES
from netbox.search.backends import search_backend

from netbox_plugin_reloader.repair.reload_pass import complete_report
from tests.netbox.source import MANAGER, declared_choices, is_netbox, queryset_expressions

if "started" not in sys.argv:
    WSGIHandler()
    get_resolver().url_patterns  # noqa: B018


def held(module, class_name, name):
    """Return what an instance of the class would use for the attribute: a form, serializer or filterset has fields."""
    found = getattr(module, class_name)
    for attribute in ("base_fields", "_declared_fields", "base_filters"):
        fields = vars(type(found)).get(attribute) or getattr(found, attribute, {})
        if name in fields:
            return fields[name]
    raise LookupError(name)


def queryset_of(field):
    if hasattr(field, "extra"):
        return field.extra["queryset"]
    # A serializer makes its fields anew from their arguments.
    field = getattr(field, "child_relation", field)
    return getattr(field, "_kwargs", {}).get("queryset", field.queryset)


def labels(queryset):
    return sorted(f"{object_type.app_label}.{object_type.model}" for object_type in queryset)


def values(choices):
    return [value for value, _ in choices]


plugins = {name.partition(".")[0] for name in settings.PLUGINS}
querysets, choices, problems, read = {}, {}, [], 0
for module_name, module in sorted(sys.modules.items()):
    path = Path(getattr(module, "__file__", None) or "")
    known = is_netbox(module) or module_name.partition(".")[0] in plugins
    if path.suffix != ".py" or module_name == "__main__" or not known:
        continue
    read += is_netbox(module)
    source = path.read_text(encoding="utf-8")
    if MANAGER not in source and "_choices()" not in source:
        continue
    for class_name, name, expression in queryset_expressions(source):
        try:
            field = held(module, class_name, name)
        except Exception as error:
            problems.append(f"{module_name}.{class_name}.{name}: {error}")
            continue
        fresh = labels(eval(expression, vars(module)))
        offered = labels(queryset_of(field))
        querysets[f"{module_name}.{class_name}.{name}"] = {
            "missing": sorted(set(fresh) - set(offered)),
            "extra": sorted(set(offered) - set(fresh)),
        }
    for choices_path, source_name in declared_choices(module_name, source):
        field = held(module, *choices_path.rsplit(".", 2)[1:])
        offered = getattr(field, "_kwargs", {}).get("choices") or field.choices
        fresh = values(vars(module)[source_name]())
        choices[choices_path] = sorted(set(fresh) - set(values(offered)))


def entries(groups):
    """Return the label of each group of a menu, with the texts of its links."""
    return [[str(group.label), [str(item.link_text) for item in group.items]] for group in groups]


menus = menu.get_menus() if hasattr(menu, "get_menus") else menu.MENUS
report = complete_report()
print(
    json.dumps(
        {
            "querysets": querysets,
            "choices": choices,
            "problems": problems,
            "modules of NetBox": read,
            "menus": [[str(entry.label), entries(entry.groups)] for entry in menus],
            "preferences": sorted(PREFERENCES),
            "search": [[str(category), values(types)] for category, types in search_backend.get_object_types()[1:]],
            "installed": [app_config.name for app_config in apps.get_app_configs()],
            "connected": connection.connection is not None,
            "report": report and report.as_dict(),
        }
    )
)
