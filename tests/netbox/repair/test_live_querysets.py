"""A live queryset reads the registry whenever it is used (NetBox 4.2 and 4.3)."""

from __future__ import annotations

import copy
import pickle

import pytest
from core.models import ObjectChange, ObjectType
from django import forms
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from netbox.registry import registry
from utilities.forms.fields import ContentTypeMultipleChoiceField

from netbox_plugin_reloader import reload_plugins
from netbox_plugin_reloader.repair.live_querysets import (
    IsInstalled,
    IsRegistered,
    candidates,
    frozen_conditions,
    has_subquery,
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
    return lambda: models.add("late")


def labels(queryset):
    return {(object_type.app_label, object_type.model) for object_type in queryset}


def frozen_labels(queryset):
    (condition,) = frozen_conditions(queryset)
    return condition[2]


def is_tags(labels):
    """Stand for a declared field, whose feature is known."""
    return "tags"


@pytest.mark.parametrize("feature", ["tags", "custom_fields", "jobs", None])
def test_it_offers_what_a_fresh_query_offers(feature):
    fresh = ObjectType.objects.public() if feature is None else ObjectType.objects.with_feature(feature)
    live = ObjectType.objects.filter(IsRegistered(feature))
    assert labels(live) == labels(fresh) == registered_labels(feature)
    assert frozen_labels(fresh) == registered_labels(feature)
    assert frozen_conditions(live) == []


def test_it_follows_later_registrations(unregistered):
    live = ObjectType.objects.filter(IsRegistered("tags"))
    restored = ObjectType.objects.all()
    restored.query = pickle.loads(pickle.dumps(live.query))
    copies = [live.all(), copy.deepcopy(live), restored]
    assert ("late_models", "late") not in labels(live)
    unregistered()
    for queryset in (live.all(), *copies):
        assert ("late_models", "late") in labels(queryset)


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


def test_installed_content_types_are_those_of_all_models():
    models = {model._meta.concrete_model._meta.label_lower for model in apps.get_models()}
    stale = ContentType.objects.create(app_label="gone", model="model")
    found = ContentType.objects.filter(IsInstalled())
    assert {f"{app_label}.{model}" for app_label, model in labels(found)} == models
    assert stale not in found


def test_a_form_that_shares_the_queryset_follows(unregistered):
    class Form(forms.Form):
        object_types = ContentTypeMultipleChoiceField(queryset=ObjectType.objects.with_feature("tags"))

    class SubForm(Form):
        name = forms.CharField(required=False)

    field = Form.base_fields["object_types"]
    instance_before = SubForm()
    unregistered()
    live, missing = make_live(field.queryset, is_tags)
    field.queryset = live
    assert missing == {("late_models", "late")}
    for offered in (Form().fields["object_types"], SubForm().fields["object_types"]):
        chosen = list(offered.queryset)
        assert ("late_models", "late") in labels(chosen)
        assert [(kind.app_label, kind.model) for kind in chosen] == sorted(labels(chosen))
        assert len(offered.widget.choices) == len(chosen)
    assert ("late_models", "late") not in labels(instance_before.fields["object_types"].queryset)
    late = ObjectType.objects.get(app_label="late_models", model="late")
    assert SubForm({"object_types": [late.pk]}).is_valid()


def test_a_live_queryset_is_left_alone():
    live, _ = make_live(ObjectType.objects.with_feature("tags"), is_tags)
    assert make_live(live, is_tags) is None


def test_a_queryset_built_from_an_empty_registry_offers_too_much_until_it_is_live(monkeypatch):
    with monkeypatch.context() as context:
        context.setitem(registry["model_features"], "tags", {})
        frozen = ObjectType.objects.with_feature("tags")
    assert labels(frozen) == labels(ObjectType.objects.all())
    live, missing = make_live(frozen, is_tags)
    assert labels(live) == registered_labels("tags")
    assert missing == frozenset()


@pytest.mark.parametrize(
    "narrow",
    [
        lambda queryset: queryset.filter(app_label="late_models"),
        lambda queryset: queryset.exclude(app_label="dcim"),
        lambda queryset: queryset.filter(model__contains="e").exclude(app_label="dcim").order_by("-model"),
        lambda queryset: ObjectType.objects.exclude(pk__in=queryset[:1]) & queryset,
        lambda queryset: queryset.filter(model__contains="e") | ObjectType.objects.filter(app_label="users"),
    ],
)
def test_other_conditions_and_the_ordering_stay(unregistered, narrow):
    narrowed = narrow(ObjectType.objects.with_feature("tags"))
    unregistered()
    live, missing = make_live(narrowed, is_tags)
    assert missing == {("late_models", "late")}
    assert [kind.pk for kind in live] == [kind.pk for kind in narrow(ObjectType.objects.with_feature("tags"))]
    assert labels(narrowed) == labels(live) - missing


@pytest.mark.parametrize(
    "queryset",
    [
        lambda: ObjectType.objects.filter(app_label="dcim", model="site"),
        lambda: ObjectType.objects.filter(Q(app_label="dcim", model="site") | Q(app_label="ipam", model="vlan")),
        lambda: ObjectType.objects.filter(Q(app_label="dcim") | Q(model__in=["site"])),
    ],
)
def test_a_queryset_that_lists_no_models_by_app_is_left_alone(queryset):
    assert make_live(queryset(), is_tags) is None


def test_a_condition_that_nobody_knows_is_left_alone():
    def unknown(labels):
        raise LookupError

    assert make_live(ObjectType.objects.with_feature("tags"), unknown) is None
    assert make_live(ObjectType.objects.all(), unknown) is None


def test_a_condition_that_nobody_knows_keeps_no_other_frozen(unregistered):
    both = ObjectType.objects.with_feature("jobs") & ObjectType.objects.with_feature("tags")
    tags = registered_labels("tags")

    def only_tags(labels):
        if labels != tags:
            raise LookupError
        return "tags"

    unregistered()
    live, missing = make_live(both, only_tags)
    assert missing == {("late_models", "late")}
    assert [condition[2] for condition in frozen_conditions(live)] == [registered_labels("jobs")]


def test_a_feature_is_recognised_by_its_models(unregistered, strategy):
    netbox_apps = strategy.apps
    features = [None, *registry["model_features"]]
    frozen = registered_labels("tags")
    unregistered()
    assert candidates(frozen, features, netbox_apps) == ["tags"]
    assert candidates(registered_labels(None), features, netbox_apps) == [None]
    assert set(candidates(registered_labels("journaling"), features, netbox_apps)) > {"journaling"}
    assert candidates(frozenset({("dcim", "site")}), features, netbox_apps) == []
    # A plugin's model that lacks the feature tells it from one that has it.
    assert candidates(frozen | {("plain_models", "plain")}, features, netbox_apps) == []


def test_the_change_log_asks_for_the_content_types_of_now():
    from core.views import ObjectChangeListView

    reload_plugins()
    live = ObjectChangeListView.queryset
    assert has_subquery(live)
    assert live.model is ObjectChange
    reload_plugins()
    assert ObjectChangeListView.queryset is live
