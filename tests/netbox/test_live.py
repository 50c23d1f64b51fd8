"""A live queryset reads the registry whenever it is used (NetBox 4.2 and 4.3)."""

from __future__ import annotations

import copy
import pickle

import pytest
from core.models import ObjectType
from django import forms
from netbox.registry import registry
from utilities.forms.fields import ContentTypeMultipleChoiceField

from netbox_plugin_reloader.live import (
    IsRegistered,
    UnknownQueryset,
    frozen_labels,
    is_live,
    make_live,
    registered_labels,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def freezing_line(strategy):
    if not strategy.querysets_freeze:
        pytest.skip(f"NetBox {strategy.line} reads object types from the database")


@pytest.fixture
def unregistered():
    """Take late_models.late from the tags feature, and return the function that puts it back."""
    models = registry["model_features"]["tags"]["late_models"]
    models.remove("late")
    yield lambda: models.add("late")
    models.add("late")


def labels(queryset):
    return {(object_type.app_label, object_type.model) for object_type in queryset}


@pytest.mark.parametrize("feature", ["tags", "custom_fields", "jobs", None])
def test_it_offers_what_a_fresh_query_offers(feature):
    fresh = ObjectType.objects.public() if feature is None else ObjectType.objects.with_feature(feature)
    live = ObjectType.objects.filter(IsRegistered(feature))
    assert labels(live) == labels(fresh) == registered_labels(feature)
    assert frozen_labels(fresh) == registered_labels(feature)
    assert is_live(live)
    assert not is_live(fresh)


def test_it_follows_later_registrations(unregistered):
    live = ObjectType.objects.filter(IsRegistered("tags"))
    copies = [live.all(), copy.deepcopy(live), pickle.loads(pickle.dumps(live.query))]
    assert ("late_models", "late") not in labels(live)
    unregistered()
    assert ("late_models", "late") in labels(live.all())
    assert ("late_models", "late") in labels(copies[0])
    assert ("late_models", "late") in labels(copies[1])
    restored = ObjectType.objects.all()
    restored.query = copies[2]
    assert ("late_models", "late") in labels(restored)


def test_it_combines_with_other_conditions():
    live = ObjectType.objects.filter(IsRegistered("tags"))
    everything = labels(ObjectType.objects.all())
    assert labels(live & ObjectType.objects.filter(app_label="late_models")) == {("late_models", "late")}
    assert labels(ObjectType.objects.exclude(IsRegistered("tags"))) == everything - registered_labels("tags")
    assert live.get(app_label="late_models").model == "late"


def test_an_empty_registry_offers_nothing(monkeypatch):
    monkeypatch.setitem(registry["model_features"], "tags", {"late_models": set()})
    assert labels(ObjectType.objects.filter(IsRegistered("tags"))) == set()
    assert labels(ObjectType.objects.exclude(IsRegistered("tags"))) == labels(ObjectType.objects.all())


def make_form(queryset):
    class Form(forms.Form):
        object_types = ContentTypeMultipleChoiceField(queryset=queryset)

    class SubForm(Form):
        name = forms.CharField(required=False)

    return Form, SubForm


def test_a_field_is_changed_in_place_and_subclasses_follow(unregistered):
    form, sub_form = make_form(ObjectType.objects.with_feature("tags"))
    field = form.base_fields["object_types"]
    instance_before = sub_form()
    unregistered()
    assert make_live(field, "tags") == {("late_models", "late")}
    assert form.base_fields["object_types"] is field
    for offered in (form().fields["object_types"], sub_form().fields["object_types"]):
        chosen = list(offered.queryset)
        assert ("late_models", "late") in labels(chosen)
        assert [(kind.app_label, kind.model) for kind in chosen] == sorted(labels(chosen))
        assert len(offered.widget.choices) == len(chosen)
    assert ("late_models", "late") not in labels(instance_before.fields["object_types"].queryset)
    late = ObjectType.objects.get(app_label="late_models", model="late")
    assert sub_form({"object_types": [late.pk]}).is_valid()


def test_a_live_field_is_left_alone():
    form, _ = make_form(ObjectType.objects.with_feature("tags"))
    field = form.base_fields["object_types"]
    make_live(field, "tags")
    queryset = field._queryset
    assert make_live(field, "tags") == frozenset()
    assert field._queryset is queryset


def test_a_queryset_built_from_an_empty_registry_lacks_nothing_that_it_offers(monkeypatch):
    with monkeypatch.context() as context:
        context.setitem(registry["model_features"], "tags", {})
        form, _ = make_form(ObjectType.objects.with_feature("tags"))
    field = form.base_fields["object_types"]
    assert labels(field.queryset) == labels(ObjectType.objects.all())
    make_live(field, "tags")
    assert labels(field.queryset) == registered_labels("tags")


@pytest.mark.parametrize(
    "narrow",
    [
        lambda queryset: queryset.filter(app_label="dcim"),
        lambda queryset: queryset.exclude(app_label="dcim"),
        lambda queryset: ObjectType.objects.exclude(app_label="dcim", model__in=["site"]),
        lambda queryset: ObjectType.objects.filter(app_label__in=["dcim"], model="site"),
        lambda queryset: ObjectType.objects.filter(app_label="dcim", model__in=["site"], id__gt=0),
        lambda queryset: ObjectType.objects.filter(app_label="dcim", app_label__gt="a"),
    ],
)
def test_a_queryset_with_conditions_of_its_own_is_left_alone(narrow):
    queryset = narrow(ObjectType.objects.with_feature("tags"))
    form, _ = make_form(queryset)
    field = form.base_fields["object_types"]
    with pytest.raises(UnknownQueryset):
        make_live(field, "tags")
    assert labels(field.queryset) == labels(queryset)


def test_a_field_without_a_queryset_is_left_alone():
    field = forms.ModelChoiceField(queryset=None)
    with pytest.raises(UnknownQueryset):
        make_live(field, "tags")
    assert field.queryset is None
