"""The fields that the migrations of all models have, in the state of NetBox 4.2."""

from __future__ import annotations

import taggit.managers
import utilities.json
from django.db import models


def netbox_fields():
    """Return new fields, the same for every model: NetBoxModel's."""
    return [
        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
        ("created", models.DateTimeField(auto_now_add=True, null=True)),
        ("last_updated", models.DateTimeField(auto_now=True, null=True)),
        (
            "custom_field_data",
            models.JSONField(blank=True, default=dict, encoder=utilities.json.CustomFieldJSONEncoder),
        ),
        ("tags", taggit.managers.TaggableManager(through="extras.TaggedItem", to="extras.Tag")),
    ]


def foreign_key(model, on_delete, related_name="+", *, optional=True, kind=models.ForeignKey):
    options = {"blank": True, "null": True} if optional else {}
    return kind(model, on_delete=on_delete, related_name=related_name, **options)
