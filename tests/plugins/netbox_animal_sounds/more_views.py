"""The views of the three further models: what differs between them is the form and the table. Loaded from 4.5 on."""

from __future__ import annotations

import django_tables2
from netbox.tables import NestedGroupModelTable, OrganizationalModelTable, PrimaryModelTable

from .generic_views import register_views
from .more_forms import FORMS
from .more_models import Barn, Breed, Herd


class BarnTable(PrimaryModelTable):
    name = django_tables2.Column(linkify=True)

    class Meta(PrimaryModelTable.Meta):
        model = Barn
        fields = default_columns = ("pk", "name", "description")


class BreedTable(OrganizationalModelTable):
    name = django_tables2.Column(linkify=True)

    class Meta(OrganizationalModelTable.Meta):
        model = Breed
        fields = default_columns = ("pk", "name", "description")


class HerdTable(NestedGroupModelTable):
    class Meta(NestedGroupModelTable.Meta):
        model = Herd
        fields = default_columns = ("pk", "name", "description")


TABLES = (BarnTable, BreedTable, HerdTable)

for form_class, table_class in zip(FORMS, TABLES, strict=True):
    register_views(form_class.Meta.model, form_class, table_class, "netbox_animal_sounds/named.html")
