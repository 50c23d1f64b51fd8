"""A view that is registered twice shows one tab, and NetBox serves the same view as before."""

from __future__ import annotations

import pytest
from django.views.generic import View
from netbox.models.features import register_models
from netbox.registry import registry
from plain_models.models import Everything, Plain
from utilities.urls import get_model_urls
from utilities.views import register_model_view

from netbox_plugin_reloader import reload_plugins
from tests.netbox.startup.test_startup import PLUGINS, with_us


def served(app_label, model_name):
    """Return URL name, pattern and view class in the order in which NetBox would route them."""
    return [
        (pattern.name, str(pattern.pattern), getattr(pattern.callback, "view_class", pattern.callback))
        for pattern in get_model_urls(app_label, model_name)
    ]


def first_of_each(patterns):
    first = {}
    for name, pattern, view in patterns:
        first.setdefault((name, pattern), view)
    return first


@pytest.mark.main
def test_doubled_views_are_removed_and_conflicts_reported(probe):
    found = probe("startup.py", plugins=with_us())
    assert probe("startup.py", plugins=PLUGINS)["views"]["doubled_views"] == sorted(
        ["changelog"] * 2 + ["journal"] * 2 + ["contested"] * 3 + ["repeated"] * 4
    )
    assert found["views"]["doubled_views"] == sorted(["changelog", "journal"] + ["contested"] * 2 + ["repeated"] * 3)
    (repair,) = [row for row in found["report"]["repairs"] if row["kind"] == "views"]
    assert repair["subject"] == "doubled_views.doubled"
    assert sorted(repair["names"]) == ["changelog", "contested", "journal", "repeated"]
    (conflict,) = found["report"]["conflicts"]
    assert (conflict["plugin"], conflict["names"]) == ("doubled_views", ["contested"])


def test_the_same_views_are_served():
    class First(View):
        pass

    class Second(View):
        pass

    for view in (First, Second, First):
        register_model_view(Plain, "tab")(view)
    before = served("plain_models", "plain")
    report = reload_plugins()
    after = served("plain_models", "plain")
    assert len(before) == len(after) + 1 == 3
    assert first_of_each(before) == first_of_each(after) == {("plain_tab", "tab/"): First}
    assert [row.names for row in report.repairs] == [("tab",)]
    assert ("plain_models.plain", ("tab",)) in [(row.subject, row.names) for row in report.conflicts]


def test_a_regenerated_model_keeps_its_newest_views():
    class Meta:
        managed = False
        proxy = True
        app_label = "plain_models"

    entries = registry["views"]["plain_models"]["everything"]
    names = sorted(entry["name"] for entry in entries)
    with pytest.warns(RuntimeWarning, match="was already registered"):
        newest = type("Everything", (Everything,), {"__module__": Everything.__module__, "Meta": Meta})
    register_models(newest)
    reload_plugins()
    assert sorted(entry["name"] for entry in entries) == names
    assert {entry["kwargs"]["model"] for entry in entries} == {newest}


def test_every_view_identity_of_a_model_is_served_once_or_in_conflict():
    report = reload_plugins()
    conflicts = {(row.subject, name) for row in report.conflicts for name in row.names}
    for app_label, models in registry["views"].items():
        for model_name, entries in models.items():
            identities = [(entry["name"], entry["detail"], entry["path"]) for entry in entries]
            doubled = {name for name, _, _ in identities if identities.count((name, _, _)) > 1}
            assert {(f"{app_label}.{model_name}", name) for name in doubled} <= conflicts
