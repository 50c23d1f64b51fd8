"""A model that its plugin never had registered is registered, completely and once."""

from __future__ import annotations

import warnings
from collections import Counter

import pytest
from django.apps import apps
from netbox.models import features
from netbox.registry import registry

from netbox_plugin_reloader import reload_plugins
from netbox_plugin_reloader.plugins import models_of, plugin_configs
from netbox_plugin_reloader.registration import missing_registrations

UNREGISTERED = {"forgotten_ready", "raising_models", "dotted.inner_plugin"}


def view_names(model):
    return [entry["name"] for entry in registry["views"][model._meta.app_label].get(model._meta.model_name, [])]


def all_models():
    return [model for app_config in plugin_configs() for model in models_of(app_config)]


def test_the_defect_is_there_without_us(probe):
    found = probe("registered.py", plugins=sorted(UNREGISTERED))
    assert found["views"] == {"forgotten_ready": [], "inner_plugin": [], "raising_models": []}


def test_every_missed_model_is_registered(probe):
    found = probe("registered.py", plugins=[*sorted(UNREGISTERED), "netbox_plugin_reloader"])
    assert sorted(found["views"]) == ["forgotten_ready", "inner_plugin", "raising_models"]
    assert all(names == ["changelog", "journal"] for names in found["views"].values())
    assert {row["plugin"] for row in found["report"]["repairs"]} == UNREGISTERED
    assert not found["report"]["failures"]


def test_nothing_is_missing_after_the_pass(strategy):
    assert len(all_models()) >= 10
    for model in all_models():
        assert missing_registrations(model, strategy, registry, features) == ()


def test_no_feature_view_is_registered_twice():
    for model in all_models():
        counts = Counter(name for name in view_names(model) if name in ("journal", "changelog", "contacts", "jobs"))
        assert set(counts.values()) <= {1}, model


def test_our_feature_views_are_those_that_netbox_registers(strategy):
    everything = apps.get_model("plain_models", "Everything")
    assert sorted(view_names(everything)) == sorted(strategy.feature_views)


def test_a_private_model_is_left_private(strategy):
    hidden = apps.get_model("plain_models", "Hidden")
    assert missing_registrations(hidden, strategy, registry, features) == ()
    if "models" in strategy.stores:
        assert "hidden" not in registry.get("models")["plain_models"]
    assert Counter(view_names(hidden)) == {"journal": 1, "changelog": 1}


def forget_one(strategy, kind):
    """Take one registration of plain_models.everything away, and return its name as a repair names it and its undo."""
    if kind == "view":
        entries = registry["views"]["plain_models"]["everything"]
        entry = next(entry for entry in entries if entry["name"] == "journal")
        entries.remove(entry)
        return "view journal"
    if kind == "feature":
        registry["model_features"]["tags"]["plain_models"].remove("everything")
        return "feature tags"
    if kind == "public":
        registry.get("models")["plain_models"].remove("everything")
        return "public model"
    registry["model_actions"].pop("plain_models.everything")
    return "action polish_everything"


@pytest.mark.parametrize("kind", ["view", "feature", "public", "action"])
def test_only_what_is_missing_is_registered(strategy, kind):
    needed = {"view": True, "feature": strategy.feature_sets, "public": "models" in strategy.stores}
    if not needed.get(kind, "model_actions" in strategy.stores):
        pytest.skip(f"NetBox {strategy.line} does not record this")
    everything = apps.get_model("plain_models", "Everything")
    before = Counter(view_names(everything))
    entries = registry["views"]["plain_models"]["everything"]
    name = forget_one(strategy, kind)
    report = reload_plugins()
    assert [(row.plugin, row.subject, row.names) for row in report.repairs] == [
        ("plain_models", "plain_models.everything", (name,))
    ]
    assert Counter(view_names(everything)) == before
    assert registry["views"]["plain_models"]["everything"] is entries
    assert missing_registrations(everything, strategy, registry, features) == ()


def test_a_second_pass_changes_nothing_and_says_so():
    assert reload_plugins().repairs == ()


def test_the_pass_reads_no_deprecated_store():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        reload_plugins()
