"""The views of the three further models: what differs between them is the form and the table. Loaded from 4.5 on."""

from __future__ import annotations

import django_tables2
from netbox.tables import NestedGroupModelTable, OrganizationalModelTable, PrimaryModelTable
from netbox.views import generic
from utilities.views import register_model_view

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
    model = form_class.Meta.model

    @register_model_view(model, "list", path="", detail=False)
    class List(generic.ObjectListView):
        queryset = model.objects.all()
        table = table_class

    @register_model_view(model)
    class Object(generic.ObjectView):
        queryset = model.objects.all()
        template_name = "netbox_animal_sounds/named.html"

    @register_model_view(model, "add", detail=False)
    @register_model_view(model, "edit")
    class Edit(generic.ObjectEditView):
        queryset = model.objects.all()
        form = form_class

    @register_model_view(model, "delete")
    class Delete(generic.ObjectDeleteView):
        queryset = model.objects.all()
