"""A model that is made while NetBox runs can be used at once: the plugin only calls ``reload_plugins(Model)``."""

from __future__ import annotations

import threading

import pytest
from core.models import ObjectChange, ObjectType
from dcim.models import Site
from django.db import models
from django.urls import reverse
from extras.models import CustomField, EventRule, JournalEntry, Tag, Webhook
from netbox.models import NetBoxModel
from netbox.registry import registry
from run_time_models.making import forget, make_class, make_model

from netbox_plugin_reloader import reload_plugins
from netbox_plugin_reloader.repair import object_types
from netbox_plugin_reloader.report import Kind
from tests.netbox.forms import save_custom_field, save_event_rule, save_journal_entry, save_tag
from tests.netbox.repair.breakage import change_row

LABEL = "run_time_models.made"


@pytest.fixture
def made(db):
    return make_model()


def object_type_repairs(report):
    return [(row.plugin, row.subject, row.names) for row in report.repairs if row.kind is Kind.OBJECT_TYPES]


def views(name):
    return [entry["kwargs"]["model"] for entry in registry["views"]["run_time_models"]["made"] if entry["name"] == name]


def test_it_is_registered_once(made):
    model, report = made
    assert ("run_time_models", LABEL) in [(row.plugin, row.subject) for row in report.repairs]
    assert report.failures == ()
    assert views("journal") == views("changelog") == [model]
    assert reload_plugins(model).repairs == ()


def test_the_report_says_that_its_object_type_was_made(made):
    model, report = made
    assert object_type_repairs(report) == [("run_time_models", LABEL, ("missing",))]
    assert object_type_repairs(reload_plugins(model)) == []


def test_a_proxy_has_an_object_type_of_its_own(made):
    model, _ = made
    options = type("Meta", (), {"app_label": "run_time_models", "proxy": True})
    report = reload_plugins(type("Other", (model,), {"__module__": model.__module__, "Meta": options}))
    assert object_type_repairs(report) == [("run_time_models", "run_time_models.other", ("missing",))]
    assert ObjectType.objects.filter(app_label="run_time_models", model="other").exists()


def test_the_newest_class_takes_over(made):
    old, _ = made
    new = make_class()
    assert views("journal") == [old]
    report = reload_plugins(new)
    assert report.failures == ()
    assert views("journal") == views("changelog") == [new]
    assert reload_plugins(new).repairs == ()


def test_features_that_a_new_class_lacks_are_taken_back(made, strategy):
    old, _ = made
    if not strategy.object_type_rows:
        return
    object_type = ObjectType.objects.get_for_model(old)
    object_type.features = [*object_type.features, "jobs"]
    object_type.save()
    report = reload_plugins(make_class())
    assert "jobs" not in ObjectType.objects.get(pk=object_type.pk).features
    assert object_type_repairs(report) == [("run_time_models", LABEL, ("features -jobs",))]


def test_a_request_that_changes_a_model_reads_its_new_features(made, remembering):
    model, _ = made
    change_row(LABEL, features=[])
    assert ObjectType.objects.get_for_model(model).features == []
    reload_plugins(model)
    assert "tags" in ObjectType.objects.get_for_model(model).features


def test_an_object_type_that_cannot_be_made_is_a_failure(made, monkeypatch, caplog):
    def fail(strategy, model):
        raise RuntimeError("no rows today")

    monkeypatch.setattr(object_types, "_make_object_type", fail)
    (failure,) = reload_plugins(made[0]).failures
    assert (failure.plugin, failure.subject) == ("run_time_models", LABEL)
    assert failure.names == ("RuntimeError: no rows today",)
    assert "the object type of run_time_models.made cannot be made" in caplog.text


def test_rows_are_written_without_the_lock_of_the_process(db, monkeypatch):
    passed = threading.Event()
    seen = []

    def another_thread():
        reload_plugins()
        passed.set()

    def write(strategy, models):
        # Another thread holds what this one waits for, and runs a pass before it gives that back.
        threading.Thread(target=another_thread, daemon=True).start()
        seen.append(passed.wait(30))
        return object_types.Outcome()

    monkeypatch.setattr("netbox_plugin_reloader.repair.object_types.make_object_types", write)
    make_model()
    assert seen == [True]


def test_it_is_used_through_netboxs_own_pages(made, admin_client, admin_user):
    model, _ = made
    object_type = ObjectType.objects.get_for_model(model)
    save_custom_field(admin_client, object_type.pk, "pitch")
    assert CustomField.objects.get(name="pitch") in CustomField.objects.get_for_model(model)
    save_tag(admin_client, object_type.pk, "Made")
    assert [kind.pk for kind in Tag.objects.get(slug="made").object_types.all()] == [object_type.pk]
    webhook = Webhook.objects.create(name="Hook", payload_url="http://127.0.0.1:9/")
    save_event_rule(admin_client, object_type.pk, "object_created", "webhook", webhook.pk)
    assert [kind.pk for kind in EventRule.objects.get().object_types.all()] == [object_type.pk]

    made_object = model.objects.create(name="First")
    made_object.tags.add(Tag.objects.get(slug="made"))
    save_journal_entry(admin_client, object_type.pk, made_object, "Sounds well")
    assert JournalEntry.objects.get(comments="Sounds well").assigned_object == made_object

    change = made_object.to_objectchange("create")
    change.user = admin_user
    change.request_id = "00000000-0000-0000-0000-000000000001"
    change.save()
    assert ObjectChange.objects.filter(changed_object_id=made_object.pk).exists()
    page = admin_client.get(reverse("core:objectchange_list"), {"changed_object_type_id": object_type.pk})
    assert page.status_code == 200
    assert "First" in page.content.decode()


class NoModel:
    pass


def test_what_is_no_model_of_a_plugin_is_refused_by_name(db, settings):
    settings.PLUGINS_CONFIG_MODEL = "dcim.Site"

    def wrong(name, **meta):
        options = type("Meta", (), {"app_label": "run_time_models", **meta})
        return type(name, (models.Model,), {"__module__": __name__, "Meta": options})

    refused = {
        NoModel: "NoModel'> is not a model class",
        "text": "'text' is not a model class",
        Site: "dcim.Site belongs to no installed plugin",
        wrong("Abstract", abstract=True): "run_time_models.Abstract is abstract",
        wrong("Swapped", swappable="PLUGINS_CONFIG_MODEL"): "run_time_models.Swapped is swapped",
    }
    for model, message in refused.items():
        with pytest.raises(ValueError, match=message):
            reload_plugins(model)
        with pytest.raises(ValueError, match=message):
            reload_plugins(deleted=[model])


def test_a_model_whose_table_is_not_managed_is_registered(db):
    options = type("Meta", (), {"app_label": "run_time_models", "managed": False})
    model = type("Made", (NetBoxModel,), {"__module__": __name__, "Meta": options})
    assert reload_plugins(model).failures == ()
    assert views("journal") == [model]


def test_a_deleted_model_is_forgotten(made, strategy):
    model, _ = made
    registry["search"][LABEL] = object()
    if "model_actions" in strategy.stores:
        registry["model_actions"][LABEL] = ["sing"]
    with pytest.raises(ValueError, match=r"run_time_models\.Made is not deleted: Django's registry of apps still has"):
        reload_plugins(deleted=[model])
    forget()
    assert reload_plugins(deleted=[model]).failures == ()
    assert "made" not in registry["views"]["run_time_models"]
    assert LABEL not in registry["search"]
    assert LABEL not in (registry.get("model_actions") or {})
    if strategy.feature_sets:
        assert not [
            names for names in registry["model_features"].values() if "made" in names.get("run_time_models", ())
        ]
    assert reload_plugins().failures == ()
    assert "made" not in registry["views"]["run_time_models"]
