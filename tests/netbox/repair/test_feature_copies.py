"""A model feature that a plugin copied into NetBox's registry is completed, or found where nobody can do that."""

from __future__ import annotations

import re
import sys
import types
from functools import partial

import pytest
from netbox.registry import registry

from netbox_plugin_reloader import reload_plugins
from netbox_plugin_reloader.repair.feature_copies import copied_features
from netbox_plugin_reloader.report import Kind

WHOLE = {"dcim": ["region", "site"]}


@pytest.mark.parametrize(
    ("source", "without", "problem"),
    [
        ("tags", "late_models", "copied from tags, and incomplete"),
        (None, "late_models", "copied from public, and incomplete"),
        ("journaling", "late_models", r"copied from \w+( or \w+)+, and incomplete"),
        ("tags", "no_such_app", None),
        ("tags", "dcim", None),
    ],
)
def test_what_an_incomplete_copy_was_made_from_is_named(strategy, monkeypatch, source, without, problem):
    if not strategy.feature_sets:
        pytest.skip(f"nothing is copied on NetBox {strategy.line}")
    models = registry["models"] if source is None else registry["model_features"][source]
    copy = {label: set(names) for label, names in models.items() if label != without}
    monkeypatch.setitem(registry["model_features"], "late_resources", copy)
    found = [row for row in reload_plugins().findings if row.kind is Kind.FEATURE]
    if problem is None:
        assert found == []
    else:
        ((plugin, subject, (text,)),) = [(row.plugin, row.subject, row.names) for row in found]
        assert (plugin, subject) == ("late_resources", "late_resources")
        assert re.fullmatch(problem, text)


def test_an_empty_feature_is_no_copy(strategy, monkeypatch):
    if not strategy.feature_sets:
        pytest.skip(f"nothing is copied on NetBox {strategy.line}")
    monkeypatch.setitem(registry["model_features"], "late_resources", {})
    report = reload_plugins()
    assert [row for row in (*report.findings, *report.failures) if row.kind is Kind.FEATURE] == []


def test_only_what_is_not_of_netbox_is_a_copy(monkeypatch):
    monkeypatch.setitem(registry["model_features"], "own", {"dcim": ["site"]})
    assert list(copied_features(registry, dict.fromkeys(registry["model_features"].keys() - {"own"}))) == ["own"]


def test_what_is_no_record_of_models_disturbs_nothing(strategy, monkeypatch):
    if strategy.feature_sets:
        monkeypatch.setitem(registry["model_features"], "odd", frozenset({"dcim.site"}))
    before = reload_plugins().failures
    monkeypatch.undo()
    assert before == reload_plugins().failures


def fail(features):
    features["branching"] = {}
    raise RuntimeError("no such setting")


@pytest.mark.parametrize(
    ("fill", "repaired", "failed"),
    [
        pytest.param(lambda features: features.update(branching=WHOLE), ("dcim.region",), (), id="incomplete"),
        pytest.param(lambda features: features.update(branching={"dcim": ["site"]}), (), (), id="complete"),
        pytest.param(fail, (), ("RuntimeError: no such setting",), id="failing"),
        pytest.param(None, (), (), id="not loaded"),
    ],
)
def test_a_plugin_fills_its_copy_and_the_report_says_so(monkeypatch, strategy, fill, repaired, failed):
    """Without the plugin, which tests/netbox/real_plugins has."""
    if not strategy.feature_copies:
        pytest.skip(f"nothing is copied on NetBox {strategy.line}; startup/test_bad_input.py looks at copies")
    store, copy = registry["model_features"], {"dcim": ["site"]}
    monkeypatch.setitem(store, "branching", copy)
    if fill:
        module = types.ModuleType("netbox_branching.utilities")
        module.register_models = partial(fill, store)
        monkeypatch.setitem(sys.modules, module.__name__, module)
    report = reload_plugins()
    for rows, names in ((report.repairs, repaired), (report.failures, failed)):
        assert [(row.subject, row.names) for row in rows if row.kind is Kind.FEATURE] == [("branching", names)] * bool(
            names
        )
    assert store["branching"] == (WHOLE if repaired else copy)
    # What was complete is the same object.
    assert (store["branching"] is copy) is not bool(repaired)
    assert not [row for row in reload_plugins().repairs if row.kind is Kind.FEATURE]
