"""A model feature that a plugin copied into NetBox's registry is completed, or found where nobody can do that."""

from __future__ import annotations

import re
import sys
import types

import pytest
from netbox.registry import registry

from netbox_plugin_reloader import reload_plugins
from netbox_plugin_reloader.repair.feature_copies import copied_features, rebuild
from netbox_plugin_reloader.report import Kind

FUNCTION = "a_plugin.utilities.register_models"


@pytest.fixture
def features(monkeypatch):
    """Return NetBox's store of features, with one that a plugin added."""
    monkeypatch.setitem(registry["model_features"], "own", {"dcim": ["site"]})
    return registry["model_features"]


@pytest.fixture
def register(monkeypatch):
    """Return a function that gives the plugin's module the function that fills its feature."""

    def register(function):
        module = types.ModuleType("a_plugin.utilities")
        module.register_models = function
        monkeypatch.setitem(sys.modules, module.__name__, module)

    return register


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


def test_only_what_is_not_of_netbox_is_a_copy(features):
    assert list(copied_features(registry, dict.fromkeys(features.keys() - {"own"}))) == ["own"]


def test_what_is_no_record_of_models_disturbs_nothing(strategy, monkeypatch):
    if strategy.feature_sets:
        monkeypatch.setitem(registry["model_features"], "odd", frozenset({"dcim.site"}))
    before = reload_plugins().failures
    monkeypatch.undo()
    assert before == reload_plugins().failures


def test_a_copy_is_filled_by_its_plugin(features, register):
    register(lambda: features.update(own={"dcim": ["site", "region"]}))
    assert rebuild(registry, "own", FUNCTION) == {("dcim", "region")}
    assert features["own"] == {"dcim": ["site", "region"]}


def test_a_complete_copy_stays_the_same_object(features, register):
    kept = features["own"]
    register(lambda: features.update(own={"dcim": ["site"]}))
    assert rebuild(registry, "own", FUNCTION) == frozenset()
    assert features["own"] is kept


def test_a_plugin_that_fails_leaves_its_copy(features, register):
    kept = features["own"]

    def fail():
        features["own"] = {}
        raise RuntimeError("no such setting")

    register(fail)
    with pytest.raises(RuntimeError, match="no such setting"):
        rebuild(registry, "own", FUNCTION)
    assert features["own"] is kept


def test_nothing_is_loaded_for_it(features):
    assert rebuild(registry, "own", FUNCTION) is None
    assert rebuild(registry, "own", "") is None


def test_the_pass_has_a_copy_filled_and_says_so(monkeypatch, strategy):
    """Without the plugin, which tests/netbox/real_plugins has."""
    if not strategy.feature_copies:
        pytest.skip(f"nothing is copied on NetBox {strategy.line}; startup/test_bad_input.py looks at copies")
    store = registry["model_features"]
    monkeypatch.setitem(store, "branching", {"dcim": ["site"]})
    module = types.ModuleType("netbox_branching.utilities")
    module.register_models = lambda: store.update(branching={"dcim": ["region", "site"]})
    monkeypatch.setitem(sys.modules, module.__name__, module)
    rows = [row for row in reload_plugins().repairs if row.kind is Kind.FEATURE]
    assert [(row.subject, row.names) for row in rows] == [("branching", ("dcim.region",))]
    assert not [row for row in reload_plugins().repairs if row.kind is Kind.FEATURE]
