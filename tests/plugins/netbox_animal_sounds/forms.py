"""Forms: edit, bulk import, bulk edit and filter."""

from __future__ import annotations

from dcim.models import Site
from django import forms
from netbox.forms import NetBoxModelBulkEditForm, NetBoxModelFilterSetForm, NetBoxModelForm, NetBoxModelImportForm
from utilities.forms.fields import (
    CommentField,
    CSVChoiceField,
    CSVModelChoiceField,
    DynamicModelChoiceField,
    DynamicModelMultipleChoiceField,
    TagFilterField,
)
from utilities.forms.rendering import FieldSet

from .choices import SpeciesChoices
from .models import Animal, Sound

try:
    # From 4.7 on: shows the descriptions of the choices.
    from utilities.forms.fields import ChoiceField
except ImportError:
    from django.forms import ChoiceField


class AnimalForm(NetBoxModelForm):
    species = ChoiceField(choices=SpeciesChoices)
    site = DynamicModelChoiceField(queryset=Site.objects.all(), required=False)
    comments = CommentField()

    fieldsets = (FieldSet("name", "species", "loudness", "site", "tags", name="Animal"),)

    class Meta:
        model = Animal
        fields = ("name", "species", "loudness", "site", "comments", "tags")


class AnimalImportForm(NetBoxModelImportForm):
    species = CSVChoiceField(choices=SpeciesChoices)
    site = CSVModelChoiceField(queryset=Site.objects.all(), to_field_name="name", required=False)

    class Meta:
        model = Animal
        fields = ("name", "species", "loudness", "site", "comments", "tags")


class AnimalBulkEditForm(NetBoxModelBulkEditForm):
    loudness = forms.IntegerField(required=False)
    site = DynamicModelChoiceField(queryset=Site.objects.all(), required=False)

    model = Animal
    fieldsets = (FieldSet("loudness", "site"),)
    nullable_fields = ("site",)


class AnimalFilterForm(NetBoxModelFilterSetForm):
    species = forms.MultipleChoiceField(choices=SpeciesChoices, required=False)
    site_id = DynamicModelMultipleChoiceField(queryset=Site.objects.all(), required=False, label="Site")
    tag = TagFilterField(Animal)

    model = Animal
    fieldsets = (FieldSet("q", "filter_id", "tag"), FieldSet("species", "site_id", name="Animal"))


class SoundForm(NetBoxModelForm):
    animal = DynamicModelChoiceField(queryset=Animal.objects.all())

    class Meta:
        model = Sound
        fields = ("animal", "name", "description", "tags")


class SoundFilterForm(NetBoxModelFilterSetForm):
    animal_id = DynamicModelMultipleChoiceField(queryset=Animal.objects.all(), required=False, label="Animal")

    model = Sound
