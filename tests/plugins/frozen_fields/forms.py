from __future__ import annotations

from core.models import ObjectType
from django import forms
from utilities.forms.fields import ContentTypeChoiceField, ContentTypeMultipleChoiceField


class OwnForm(forms.Form):
    tagged = ContentTypeMultipleChoiceField(queryset=ObjectType.objects.with_feature("tags"))
    public = ContentTypeChoiceField(queryset=ObjectType.objects.public())
    narrowed = ContentTypeChoiceField(
        queryset=ObjectType.objects.with_feature("custom_fields").filter(model__contains="e").exclude(app_label="dcim")
    )
    unrelated = ContentTypeChoiceField(queryset=ObjectType.objects.filter(app_label="dcim", model__in=["site"]))
    nothing = forms.ModelChoiceField(queryset=None)
    generated = forms.ChoiceField(choices=(pair for pair in [("a", "A"), ("b", "B")]))


class DerivedForm(OwnForm):
    name = forms.CharField()


class AmbiguousForm(forms.Form):
    """NetBox's own models have journaling, bookmarks and notifications alike."""

    journaled = ContentTypeMultipleChoiceField(queryset=ObjectType.objects.with_feature("journaling"))


class Once:
    """An attribute that can be read at class creation, and never again."""

    def __get__(self, instance, owner):
        raise RuntimeError("do not look twice")


class ShyForm(forms.Form):
    tagged = ContentTypeMultipleChoiceField(queryset=ObjectType.objects.with_feature("tags"))


ShyForm.base_fields = Once()
