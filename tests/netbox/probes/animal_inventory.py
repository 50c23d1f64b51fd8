"""Print all that NetBox has registered for netbox_animal_sounds, each thing as often as it is there.

With the argument ``--again`` two more passes are run, and with ``--web`` the WSGI handler is built first. With
``--late`` NetBox's forms, menu and preferences are loaded before the plugin's ready(), as after a plugin that needs
them in its own. What choice lists then offer stands apart, under ``offered``.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from importlib import import_module

import django
from django.conf import settings

if "--late" in sys.argv:
    settings.PLUGINS  # noqa: B018  NetBox loads the plugins' packages while it evaluates its settings
    plugin_config = import_module("netbox_animal_sounds").config
    ready = plugin_config.ready

    def late_ready(self):
        import_module("netbox.views.generic")
        import_module("netbox.navigation.menu")
        import_module("netbox.preferences")
        ready(self)

    plugin_config.ready = late_ready

django.setup()

from django.apps import apps  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.db.models.signals import pre_save  # noqa: E402
from django.urls import URLResolver, get_resolver  # noqa: E402
from netbox.registry import registry  # noqa: E402

PLUGIN = "netbox_animal_sounds"
COMPANION = "animal_sounds_companion"

if "--web" in sys.argv:
    WSGIHandler()
if "--again" in sys.argv:
    for _ in range(2):
        import_module("netbox_plugin_reloader").reload_plugins()
import_module(settings.ROOT_URLCONF)

# Imported last, so that the probe does not itself freeze a list.
from core.forms import DataSourceForm  # noqa: E402
from core.models import ObjectType  # noqa: E402
from extras.forms import CustomFieldForm, EventRuleForm  # noqa: E402
from netbox.graphql.schema import schema  # noqa: E402
from netbox.navigation import menu as navigation  # noqa: E402
from netbox.preferences import PREFERENCES  # noqa: E402
from netbox.search.backends import search_backend  # noqa: E402


def named(thing):
    """Return what something is called: a class or a function by its path, anything else by its label or name."""
    if hasattr(thing, "__qualname__"):
        return f"{thing.__module__}.{thing.__qualname__}"
    if isinstance(thing, (str, int)):
        return str(thing)
    return str(getattr(thing, "label", None) or getattr(thing, "name", None) or type(thing).__name__)


def leaves(thing, path=""):
    """Yield the path and the name of all that stands in nested dictionaries and lists.

    A dictionary in a list, which describes a view, has one name.
    """
    if isinstance(thing, dict):
        for key, value in thing.items():
            yield from leaves(value, f"{path} {named(key)}".strip())
    elif isinstance(thing, (list, tuple, set)):
        for item in thing:
            yield path, " ".join(map(named, item.values())) if isinstance(item, dict) else named(item)
    else:
        yield path, named(thing)


def about(word, things):
    """Return the sorted names under each path, of what has ``word`` in its path or its name."""
    found = defaultdict(list)
    for path, name in leaves(things):
        if word in f"{path} {name}".lower():
            found[path].append(name)
    return {path: sorted(names) for path, names in found.items()}


def url_names(patterns, namespace=""):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from url_names(pattern.url_patterns, inner)
        elif PLUGIN in namespace or "animals" in str(pattern.name):
            yield f"{namespace}{pattern.name}"


def menus():
    built = navigation.get_menus() if hasattr(navigation, "get_menus") else navigation.MENUS
    return [str(menu.label) for menu in built]


companion = about(COMPANION, registry)
inventory = about("animal", registry)
for path in companion:
    inventory[path] = [name for name in inventory[path] if name not in companion[path]]
inventory = {path: names for path, names in inventory.items() if names} | {
    "object types with the feature": sorted(
        f"{object_type.app_label}.{object_type.model}" for object_type in ObjectType.objects.with_feature("noise")
    )
    if "noise" in registry["model_features"]
    else [],
    "GraphQL queries": sorted(
        name for name in schema._schema.query_type.fields if name.startswith(("animal", "sound"))
    ),
    "signal receivers": [key[0] for key, *_ in pre_save.receivers if "animal_sounds" in str(key[0])],
    "URL names": sorted(url_names(get_resolver().url_patterns)),
    "models": sorted(
        model._meta.label for label in (PLUGIN, COMPANION) for model in apps.get_app_config(label).get_models()
    ),
    **{
        name: [value for value in getattr(settings, name) if "animal_sounds" in value]
        for name in ("EVENTS_PIPELINE", "INSTALLED_APPS", "MIDDLEWARE", "RQ_QUEUES")
    },
}
offered = {
    "custom fields": sorted(
        object_type.model
        for object_type in CustomFieldForm.base_fields["object_types"].queryset
        if object_type.app_label == PLUGIN
    ),
    "event types": [value for value, _ in EventRuleForm().fields["event_types"].choices if "animal" in value],
    "data backends": [value for value, _ in DataSourceForm().fields["type"].choices if value == "chorus"],
    "preferences": [name for name in PREFERENCES if PLUGIN in name],
    "menus": [label for label in menus() if label == "Animal kingdom"],
    "search": [
        str(label)
        for _, group in search_backend.get_object_types()
        if isinstance(group, (list, tuple))
        for label, _ in group
        if PLUGIN in str(label)
    ],
}
print(json.dumps({"inventory": inventory, "companion": companion, "offered": offered}))
