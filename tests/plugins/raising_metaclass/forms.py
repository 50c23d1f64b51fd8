from __future__ import annotations

from core.models import ObjectType
from django import forms
from utilities.forms.fields import ContentTypeMultipleChoiceField

FormMetaclass = type(forms.Form)


class Unhashable(FormMetaclass):
    """Classes that say when they are equal, and so have no hash any more."""

    def __eq__(self, other):
        return self is other


class Secretive(FormMetaclass):
    """Classes none of whose attributes can be read once they are made."""

    def __getattribute__(self, name):
        if type.__dict__["__dict__"].__get__(self).get("is_made"):
            raise RuntimeError(f"{name} is nobody's business")
        return super().__getattribute__(name)


class UnhashableForm(forms.Form, metaclass=Unhashable):
    tagged = ContentTypeMultipleChoiceField(queryset=ObjectType.objects.with_feature("tags"))


class SecretiveForm(forms.Form, metaclass=Secretive):
    tagged = ContentTypeMultipleChoiceField(queryset=ObjectType.objects.with_feature("tags"))


SecretiveForm.is_made = True


class Stubborn:
    """A queryset that does not tell what it asks for."""

    @property
    def model(self):
        raise RuntimeError("no model today")


class StubbornField(forms.ModelChoiceField):
    queryset = Stubborn()


class StubbornForm(forms.Form):
    stubborn = StubbornField(queryset=None)


StubbornForm.base_fields["stubborn"].__dict__["queryset"] = Stubborn()
