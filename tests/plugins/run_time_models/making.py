from __future__ import annotations

from django.apps import apps
from django.db import connection, models
from netbox.models import NetBoxModel

from netbox_plugin_reloader import reload_plugins


def make_class():
    """Return a new class of the model ``run_time_models.made``, in place of the one there may be."""

    class Meta:
        app_label = "run_time_models"

    # What Django resolves by name while it makes the class must find the new one.
    apps.all_models["run_time_models"].pop("made", None)
    return type(
        "Made",
        (NetBoxModel,),
        {
            "__module__": __name__,
            "Meta": Meta,
            "__str__": lambda self: self.name,
            "name": models.CharField(max_length=50),
        },
    )


def make_model():
    """Make the model and its table, and return its class and the reloader's report."""
    model = make_class()
    with connection.schema_editor() as schema_editor:
        schema_editor.create_model(model)
    return model, reload_plugins(model)


def forget():
    """Take everything that was made out of Django's registry of apps."""
    apps.all_models["run_time_models"].clear()
    apps.clear_cache()
