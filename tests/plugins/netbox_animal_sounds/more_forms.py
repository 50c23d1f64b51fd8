"""Forms of the three further models. Loaded from 4.5 on."""

from __future__ import annotations

from netbox.forms import NestedGroupModelForm, OrganizationalModelForm, PrimaryModelForm
from utilities.forms.fields import DynamicModelChoiceField

from .more_models import Barn, Breed, Herd


class BarnForm(PrimaryModelForm):
    class Meta:
        model = Barn
        fields = ("name", "description", "owner", "comments", "tags")


class BreedForm(OrganizationalModelForm):
    class Meta:
        model = Breed
        fields = ("name", "slug", "description", "owner", "comments", "tags")


class HerdForm(NestedGroupModelForm):
    parent = DynamicModelChoiceField(queryset=Herd.objects.all(), required=False)

    class Meta:
        model = Herd
        fields = ("parent", "name", "slug", "description", "owner", "comments", "tags")


FORMS = (BarnForm, BreedForm, HerdForm)
