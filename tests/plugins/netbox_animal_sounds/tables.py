"""Tables, with a column of each common kind."""

from __future__ import annotations

import django_tables2
from netbox.tables import NetBoxTable, columns

from .models import Animal, Sound


class AnimalTable(NetBoxTable):
    name = django_tables2.Column(linkify=True)
    species = columns.ChoiceFieldColumn()
    site = django_tables2.Column(linkify=True)
    tags = columns.TagColumn(url_name="plugins:netbox_animal_sounds:animal_list")

    class Meta(NetBoxTable.Meta):
        model = Animal
        fields = ("pk", "id", "name", "species", "loudness", "site", "comments", "tags")
        default_columns = ("pk", "name", "species", "loudness", "site")


class SoundTable(NetBoxTable):
    name = django_tables2.Column(linkify=True)
    animal = django_tables2.Column(linkify=True)

    class Meta(NetBoxTable.Meta):
        model = Sound
        fields = ("pk", "id", "name", "animal", "description")
        default_columns = ("pk", "name", "animal", "description")
