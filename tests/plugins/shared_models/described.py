"""The classes of the described models, and what NetBox makes of them in this process."""

from __future__ import annotations

import os

from django.apps import apps
from django.db import DatabaseError, connection, models, transaction
from netbox.models import NetBoxModel
from netbox.registry import registry

LABEL = "shared_models"


def make_class(name):
    class Meta:
        app_label = LABEL

    attributes = {"__module__": __name__, "Meta": Meta, "name": models.CharField(max_length=50)}
    return type(name.capitalize(), (NetBoxModel,), attributes)


def make_missing_classes():
    """Make the class of each description that has none in this process, and return these classes."""
    from .models import Description

    try:
        with transaction.atomic():
            names = list(Description.objects.values_list("name", flat=True))
    except DatabaseError:
        # Before the migration.
        return []
    return [make_class(name) for name in names if name not in apps.all_models[LABEL]]


def forget_deleted_classes():
    """Take each class whose description is gone out of Django's registry of apps."""
    from .models import Description

    names = Description.objects.values_list("name", flat=True)
    for name in apps.all_models[LABEL].keys() - {"description", *names}:
        forget_class(name)


def forget_class(name):
    """Take a class out of Django's registry of apps, and return it."""
    model = apps.all_models[LABEL].pop(name)
    apps.clear_cache()
    return model


def make_model(name):
    """Describe a model, make its class and its table, and tell the reloader."""
    from netbox_plugin_reloader import reload_plugins

    from .models import Description

    with transaction.atomic():
        model = make_class(name)
        with connection.schema_editor() as schema_editor:
            schema_editor.create_model(model)
        Description.objects.create(name=name)
        reload_plugins(model)


def delete_model(name):
    """Delete a description with its table, forget the class, and tell the reloader."""
    from core.models import ObjectType
    from django.contrib.contenttypes.models import ContentType

    from netbox_plugin_reloader import reload_plugins

    from .models import Description

    with transaction.atomic():
        Description.objects.filter(name=name).delete()
        keys = list(ObjectType.objects.filter(app_label=LABEL, model=name).values_list("pk", flat=True))
        # NetBox wants to serialize what a request deletes, and has no serializer for these.
        for manager in (ObjectType.objects, ContentType.objects):
            manager.filter(pk__in=keys)._raw_delete("default")
        with connection.cursor() as cursor:
            cursor.execute(f'DROP TABLE "{LABEL}_{name}" CASCADE')
        reload_plugins(deleted=[forget_class(name)])


def known_here():
    """Return this process, the described models that its form for custom fields offers, and those with all views."""
    from extras.forms import CustomFieldForm

    offered = CustomFieldForm.base_fields["object_types"].queryset.all()
    return {
        "pid": os.getpid(),
        "offered": sorted(object_type.model for object_type in offered if object_type.app_label == LABEL),
        "viewed": sorted(name for name, entries in registry["views"][LABEL].items() if len(entries) >= 2),
    }
