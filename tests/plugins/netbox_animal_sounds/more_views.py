"""The views of the three further models: what differs between them is the form and the table. Loaded from 4.5 on."""

from __future__ import annotations

from django_tables2 import table_factory
from netbox.tables import NestedGroupModelTable, OrganizationalModelTable, PrimaryModelTable

from .more_forms import BarnForm, BreedForm, HerdForm
from .views import register_generic_views

for form, table in (
    (BarnForm, PrimaryModelTable),
    (BreedForm, OrganizationalModelTable),
    (HerdForm, NestedGroupModelTable),
):
    model = form.Meta.model
    register_generic_views(
        model,
        template_name="netbox_animal_sounds/named.html",
        form=form,
        table=table_factory(model, table, fields=("pk", "name", "description")),
    )
