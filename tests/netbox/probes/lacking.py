"""Print what a web process lacks of its plugins, or has twice, by kind and for all that was looked at.

``lacking.py [outdate LABEL …]`` first sets the rows of these models to what they say while a plugin's release is newer
than the last ``migrate``. Used by ``make demo`` as well, without us in PLUGINS.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from importlib import import_module

from core.models import ObjectType
from django.apps import apps
from django.core.handlers.wsgi import WSGIHandler
from netbox.models import features
from netbox.registry import registry

from netbox_plugin_reloader.compat import running_version, select

# A release can give these to a model without a migration, so that only the next `migrate` tells the row of it.
GAINED = {"custom_links", "event_rules", "tags"}
strategy = select(running_version())
models = {model._meta.label_lower: model for model in apps.get_models()}


def labels(object_types):
    return {f"{object_type.app_label}.{object_type.model}" for object_type in object_types}


def outdate(label):
    row = ObjectType.objects.get_for_model(models[label])
    row.features = [feature for feature in row.features if feature not in GAINED]
    row.save()


def values(field):
    """Yield the values of a choice field, those of its groups too."""
    for value, label in field.choices:
        yield from (inner for inner, *_ in label) if isinstance(label, (list, tuple)) else (value,)


def event_types():
    """Return the event types that each form for event rules does not offer."""
    from extras import forms

    names = ("EventRuleForm", "EventRuleImportForm")
    offered = {name: set(values(getattr(forms, name)().fields["event_types"])) for name in names}
    return {f"{name}.event_types": sorted(set(registry["event_types"]) - offered[name]) for name in names}


def rows():
    """Return what the row of each model lacks of the model's features; one that is not there lacks all."""
    rows = {f"{row.app_label}.{row.model}": row.features for row in ObjectType.objects.all()}
    return {
        label: sorted(set(features.get_model_features(model)) - set(rows.get(label, ())))
        for label, model in models.items()
        if features.model_is_public(model)
    }


def expected(feature):
    """Return the models that a list is to offer: with rows, what the models are, for a row may be behind its model."""
    if not strategy.object_type_rows:
        return labels(ObjectType.objects.with_feature(feature) if feature else ObjectType.objects.public())
    wanted = (lambda model: feature in features.get_model_features(model)) if feature else features.model_is_public
    return {label for label, model in models.items() if wanted(model)}


def choice_lists():
    """Return the models that each list of models in NetBox's forms does not offer."""
    lacking = {}
    for row in strategy.querysets:
        fields = getattr(getattr(import_module(row.module), row.class_name, None), "base_fields", {})
        if row.name in fields:
            lacking[f"{row.class_name}.{row.name}"] = sorted(expected(row.feature) - labels(fields[row.name].queryset))
    return lacking


def tabs():
    """Return the views that each model has more than once."""
    return {
        f"{app_label}.{model}": [
            name
            for (name, *_), times in Counter((view["name"], view["detail"], view["path"]) for view in views).items()
            if times > 1
        ]
        for app_label, stored in registry["views"].items()
        for model, views in stored.items()
    }


if strategy.object_type_rows:
    for label in sys.argv[2:]:
        outdate(label)
WSGIHandler()
import_module("netbox.urls")
found = {"lists of event types": event_types(), "choice lists": choice_lists(), "sets of tabs": tabs()}
if strategy.object_type_rows:
    found["rows of object types"] = rows()
print(json.dumps(found))
