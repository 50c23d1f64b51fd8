"""The tables, with no more of NetBox's migrations before them than the oldest release that has these models."""

from __future__ import annotations

from django.db import migrations

from netbox_animal_sounds.as_they_are import create
from netbox_animal_sounds.models import MORE_MODELS, Animal, Echo, Sound


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0012_job_object_type_optional"),
        ("dcim", "0200_populate_mac_addresses"),
        ("extras", "0122_charfield_null_choices"),
        # An owner is what only the further models have.
        *([("contenttypes", "0002_remove_content_type_name"), ("users", "0015_owner")] if MORE_MODELS else []),
    ]

    operations = [create(model) for model in (Animal, Sound, Echo, *MORE_MODELS)]
