"""Print all that NetBox has registered for netbox_animal_sounds, each thing as often as it is there.

With the argument ``--again`` two more passes are run, and with ``--web`` the WSGI handler is built first. With
``--late`` NetBox's forms, menu and preferences are loaded before the plugin's ready(), as after a plugin that needs
them in its own. What choice lists then offer stands apart, under ``offered``.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from itertools import chain

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


def is_ours(thing):
    return str(getattr(thing, "__module__", thing)).startswith(PLUGIN)


def named(things):
    return sorted(getattr(thing, "__name__", type(thing).__name__) for thing in things if is_ours(thing))


def store(name):
    """Return a store of NetBox's registry, or what is in none; the store may be deprecated, so is not looked up."""
    return registry.get(name) or {}


def views_of(app_label):
    return {
        f"{app_label}.{model_name}": sorted(
            f"{entry['name']} {'detail' if entry['detail'] else 'list'} {entry['path']}"
            for entry in entries
            if app_label != "dcim" or is_ours(entry["view"])
        )
        for model_name, entries in registry["views"][app_label].items()
        if app_label != "dcim" or any(is_ours(entry["view"]) for entry in entries)
    }


def url_names(patterns, namespace=""):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from url_names(pattern.url_patterns, inner)
        elif PLUGIN in namespace or "animals" in str(pattern.name):
            yield f"{namespace}{pattern.name}"


def labels_of(store):
    """Return the model names that a store of NetBox 4.2 and 4.3 holds for the plugin and its companion."""
    return {label: sorted(store[label]) for label in (PLUGIN, COMPANION) if label in store}


def features():
    if all(callable(value) for value in registry["model_features"].values()):
        return sorted(name for name, test in registry["model_features"].items() if is_ours(test))
    return {feature: labels_of(apps) for feature, apps in registry["model_features"].items()}


def menus():
    built = navigation.get_menus() if hasattr(navigation, "get_menus") else navigation.MENUS
    return [str(menu.label) for menu in built]


plugins = registry["plugins"]
query = schema._schema.query_type.fields
inventory = {
    "views": {**views_of(PLUGIN), **views_of("dcim")},
    "public models": labels_of(store("models")),
    "model features": features(),
    "object types with the feature": sorted(
        f"{object_type.app_label}.{object_type.model}" for object_type in ObjectType.objects.with_feature("noise")
    )
    if "noise" in registry["model_features"]
    else [],
    "model actions": {
        label: sorted(action.name for action in actions)
        for label, actions in store("model_actions").items()
        if label.startswith(PLUGIN)
    },
    "menus": [str(menu.label) for menu in plugins["menus"]],
    # Our own entry is there with us, and not without.
    "menu items": sorted(label for label in plugins["menu_items"] if label != "Plugin Reloader"),
    "template extensions": {str(model): named(classes) for model, classes in plugins["template_extensions"].items()},
    "preferences": {name: sorted(entries) for name, entries in plugins["preferences"].items()},
    "search indexes": sorted(label for label, index in registry["search"].items() if is_ours(index)),
    "filter sets": sorted(label for label, filterset in store("filtersets").items() if is_ours(filterset)),
    "GraphQL schemas": named(plugins["graphql_schemas"]),
    "GraphQL queries": sorted(name for name in query if name.startswith(("animal", "sound"))),
    "GraphQL type extensions": named(chain(*plugins.get("graphql_type_extensions", {}).values())),
    "GraphQL filter extensions": named(chain(*plugins.get("graphql_filter_extensions", {}).values())),
    "Jinja filters": sorted(name for name, function in plugins.get("jinja_filters", {}).items() if is_ours(function)),
    "event types": [name for name in registry["event_types"] if "animal" in name],
    "event rule actions": named(store("event_rule_actions").values()),
    "events pipeline": [path for path in settings.EVENTS_PIPELINE if is_ours(path)],
    "widgets": sorted(name for name, widget in registry["widgets"].items() if is_ours(widget)),
    "system jobs": named(registry["system_jobs"]),
    "data backends": sorted(name for name, backend in registry["data_backends"].items() if is_ours(backend)),
    "webhook callbacks": named(store("webhook_callbacks")),
    "request processors": named(registry["request_processors"]),
    "serializer resolvers": named(store("serializer_resolvers").values()),
    "table columns": {
        table.__name__: sorted(columns) for table, columns in registry["tables"].items() if "animals" in columns
    },
    "queues": [name for name in settings.RQ_QUEUES if is_ours(name)],
    "middleware": [path for path in settings.MIDDLEWARE if is_ours(path)],
    "signal receivers": [key[0] for key, *_ in pre_save.receivers if "animal_sounds" in str(key[0])],
    "URL names": sorted(url_names(get_resolver().url_patterns)),
    "apps": [name for name in settings.INSTALLED_APPS if "animal_sounds" in name],
    "models": sorted(
        model._meta.label for label in (PLUGIN, COMPANION) for model in apps.get_app_config(label).get_models()
    ),
}
companion = {
    "views": views_of(COMPANION),
    "public models": inventory["public models"].pop(COMPANION, []),
    "features": sorted(
        feature
        for feature, labels in inventory["model features"].items()
        if isinstance(labels, dict) and labels.pop(COMPANION, None)
    )
    if isinstance(inventory["model features"], dict)
    else [],
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
