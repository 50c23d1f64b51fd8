"""A model that its plugin never had registered is registered, completely and once."""

from __future__ import annotations

import logging
import warnings
from collections import Counter

import pytest
from django.apps import apps
from netbox.models import features
from netbox.registry import registry

from netbox_plugin_reloader import reload_plugins
from netbox_plugin_reloader.plugins import models_of
from netbox_plugin_reloader.repair import reload_pass as reload
from netbox_plugin_reloader.repair.outcome import Outcome
from netbox_plugin_reloader.repair.registration import Registrar
from netbox_plugin_reloader.report import Kind, Row
from tests.netbox.repair.breakage import forget_view
from tests.netbox.startup.test_startup import PLUGINS, UNREGISTERED, with_us

LABELS = sorted(name.rpartition(".")[2] for name in UNREGISTERED)


@pytest.fixture
def registrar(strategy):
    return Registrar(strategy, registry, features)


def view_names(model):
    return [entry["name"] for entry in registry["views"][model._meta.app_label].get(model._meta.model_name, [])]


def test_the_defect_is_there_without_us(probe):
    found = probe("startup.py", plugins=PLUGINS)["views"]
    assert [found[label] for label in LABELS] == [[], [], []]


@pytest.mark.main
def test_every_missed_model_is_registered(probe):
    found = probe("startup.py", plugins=with_us())
    assert [found["views"][label] for label in LABELS] == [["changelog", "journal"]] * 3
    registered = {row["plugin"] for row in found["report"]["repairs"] if row["kind"] == "model registration"}
    # NetBox registers no models of a companion app.
    assert registered == {*UNREGISTERED, "companion"}
    assert not found["report"]["failures"]


def test_a_companion_app_has_its_features_and_stays_private(strategy, registrar):
    models = list(models_of(apps.get_app_config("companion")))
    featured = [model for model in models if registrar.has_features(model)]
    assert 0 < len(featured) < len(models)
    for model in models:
        expected = {
            name: 1
            for name, mixin in strategy.feature_views.items()
            if issubclass(model, getattr(features, mixin)) and model in featured
        }
        assert Counter(view_names(model)) == expected
        assert registrar.missing(model, public=False) == ()
        assert not registrar.is_public(model)


def test_a_companion_app_is_public_where_the_configuration_says_so(strategy, registrar, configure):
    configure(companion_apps_public=True)
    featured = [model for model in models_of(apps.get_app_config("companion")) if registrar.has_features(model)]
    reload_plugins()
    for model in featured:
        assert registrar.is_public(model) is ("models" in strategy.stores)
        assert registrar.missing(model) == ()


def test_our_feature_views_are_those_that_netbox_registers(strategy):
    everything = apps.get_model("plain_models", "Everything")
    assert sorted(view_names(everything)) == sorted(strategy.feature_views)


def test_a_private_model_is_left_private(strategy, registrar):
    hidden = apps.get_model("plain_models", "Hidden")
    assert registrar.missing(hidden) == ()
    if "models" in strategy.stores:
        assert "hidden" not in registry.get("models")["plain_models"]
    assert Counter(view_names(hidden)) == {"journal": 1, "changelog": 1}


def test_the_complete_report_keeps_what_earlier_passes_repaired():
    forget_view(apps.get_model("plain_models", "Everything"), "journal")
    repairs = reload_plugins().repairs
    assert len(repairs) == 1
    assert reload_plugins() is reload.latest_report()
    assert reload.latest_report().repairs == ()
    assert set(repairs) <= set(reload.complete_report().repairs)


def test_rows_that_follow_a_pass_are_in_both_reports():
    rows = [Row(Kind.OBJECT_TYPES, "plain_models", name, ("missing",)) for name in ("repair", "finding", "failure")]
    reload.note_rows(Outcome((rows[0],), stale=(rows[1],), failures=(rows[2],), compared=True))
    for report in (reload.latest_report(), reload.complete_report()):
        assert [report.repairs[-1], report.findings[-1], report.failures[-1]] == rows


def test_a_pass_logs_one_line_and_for_debugging_its_report(caplog):
    with caplog.at_level(logging.DEBUG, logger=reload.__name__):
        forget_view(apps.get_model("plain_models", "Everything"), "journal")
        first, second = reload_plugins(), reload_plugins()
    lines = [(record.levelname, record.message) for record in caplog.records if record.name == reload.__name__]
    assert lines == [
        ("INFO", first.summary()),
        ("DEBUG", str(first)),
        ("DEBUG", second.summary()),
        ("DEBUG", str(second)),
    ]


def test_each_pass_names_a_plugin_that_forgets_super_ready(monkeypatch):
    passes = [reload_plugins()]
    with monkeypatch.context() as patched:
        # A pass that cannot look at plugins leaves no finding about them.
        patched.setattr(reload, "models_of", None)
        assert reload_plugins().failures
    for report in (*passes, reload_plugins()):
        named = {row.plugin: (row.subject, row.names[0]) for row in report.findings if row.kind is Kind.READY}
        assert named["forgotten_ready"] == ("ready()", "does not call super().ready()")


def test_the_pass_reads_no_deprecated_store():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        reload_plugins()
