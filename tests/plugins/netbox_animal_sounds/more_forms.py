"""Forms of the three further models. Loaded from 4.5 on."""

from __future__ import annotations

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from netbox.forms import NestedGroupModelForm, OrganizationalModelForm, PrimaryModelForm
from utilities.forms.fields import DynamicModelChoiceField
from utilities.forms.rendering import FieldSet

from .more_models import Barn, Breed, Herd

PLACES = Q(app_label="dcim", model="site") | Q(app_label="netbox_animal_sounds", model="animal")

try:
    # From 4.7 on: one field for a generic relation.
    from utilities.forms import GenericObjectFormMixin
    from utilities.forms.fields import GenericObjectChoiceField
except ImportError:

    class BarnForm(PrimaryModelForm):
        class Meta:
            model = Barn
            fields = ("name", "description", "owner", "comments", "tags")

else:

    class BarnForm(GenericObjectFormMixin, PrimaryModelForm):
        place = GenericObjectChoiceField(
            content_type_queryset=ContentType.objects.filter(PLACES), required=False, hx_target_id="place"
        )

        fieldsets = (
            FieldSet("name", "description", "tags", name="Barn"),
            FieldSet("place", name="Place", html_id="place"),
        )

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
