"""The tables of the three further models, on the releases that have them (from 4.5 on)."""

from __future__ import annotations

from django.db import migrations, models
from mptt.fields import TreeForeignKey

from netbox_animal_sounds.initial_fields import foreign_key, netbox_fields
from netbox_animal_sounds.models import MORE_MODELS

# The name of its reverse relation is another one on some releases.
OWNER = [("owner", model._meta.get_field("owner")) for model in MORE_MODELS[:1]]


def described(*, unique, slug):
    """Return the fields that these classes add to NetBoxModel's: new ones for every model."""
    names = [
        ("name", models.CharField(max_length=100, unique=unique)),
        ("slug", models.SlugField(max_length=100, unique=unique)),
    ]
    return [
        *netbox_fields(),
        *(names if slug else [("name", models.CharField(max_length=50, unique=True))]),
        ("description", models.CharField(blank=True, max_length=200)),
        ("comments", models.TextField(blank=True)),
        *((name, field.clone()) for name, field in OWNER),
    ]


class Migration(migrations.Migration):
    dependencies = [
        ("netbox_animal_sounds", "0001_initial"),
        *([("contenttypes", "0002_remove_content_type_name"), ("users", "0015_owner")] if MORE_MODELS else []),
    ]

    operations = [
        migrations.CreateModel(
            name="Barn",
            fields=[
                *described(unique=True, slug=False),
                ("place_type", foreign_key("contenttypes.contenttype", models.PROTECT)),
                ("place_id", models.PositiveBigIntegerField(blank=True, null=True)),
            ],
            options={"ordering": ("name",)},
        ),
        migrations.CreateModel(
            name="Breed",
            fields=described(unique=True, slug=True),
            options={"verbose_name": "breed", "ordering": ("name",), "abstract": False},
        ),
        migrations.CreateModel(
            name="Herd",
            fields=[
                *described(unique=False, slug=True),
                *(
                    (name, models.PositiveIntegerField(editable=False, **indexed))
                    for name, indexed in (("lft", {}), ("rght", {}), ("tree_id", {"db_index": True}), ("level", {}))
                ),
                ("parent", foreign_key("netbox_animal_sounds.herd", models.CASCADE, "children", kind=TreeForeignKey)),
            ],
            options={"abstract": False},
        ),
    ][: len(MORE_MODELS)]
