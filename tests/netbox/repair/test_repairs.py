"""What is wrong in a running process is put right, and the report says what was wrong and whose it is."""

from __future__ import annotations

import gc
import logging
import types

import pytest
from core.models import ObjectType
from django import forms
from django.apps import apps
from django_filters import FilterSet, ModelMultipleChoiceFilter
from netbox.navigation import menu as navigation
from netbox.plugins import PluginMenuItem
from netbox.registry import registry
from utilities.forms.fields import ContentTypeMultipleChoiceField

from netbox_plugin_reloader import __version__, reload_plugins
from netbox_plugin_reloader.checks import check_report
from netbox_plugin_reloader.plugins import companion_configs, models_of, plugin_configs
from netbox_plugin_reloader.repair import live_querysets
from netbox_plugin_reloader.repair import reload_pass as reload
from netbox_plugin_reloader.repair.registration import unloaded_resources
from netbox_plugin_reloader.report import Kind, Needs, PluginSummary, Row
from tests.netbox.repair.breakage import (
    before,
    build,
    freeze_choices,
    keep,
    labels,
    lose_search_type,
    snapshot,
)

OURS = "netbox_plugin_reloader"
LATE = "late_models"
STORES = ("data_backends", "event_types", "model_actions", "model_features", "models", "plugins", "search", "views")


@pytest.fixture(autouse=True)
def whole(strategy, db, caplog):
    """Have nothing wrong, and put back what the test breaks."""
    caplog.set_level(logging.WARNING, logger=OURS)
    reload_plugins()
    restore = snapshot(strategy)
    yield
    restore()
    # Classes of forms go with the next collection only, and would be found by other tests.
    gc.collect()


def failing(*arguments, **options):
    raise RuntimeError("not today")


def own_form(module, queryset):
    """Return a form class as a plugin would declare it in ``module``."""
    fields = {"own": ContentTypeMultipleChoiceField(queryset=queryset)}
    return type("OwnForm", (forms.Form,), {"__module__": module, "__qualname__": "OwnForm", **fields})


def test_a_plugins_own_field_is_made_live_like_the_feature_it_was_made_of(strategy):
    with before(LATE):
        form = own_form("plain_models.forms", ObjectType.objects.with_feature("tags"))
    repairs = reload_plugins().repairs
    lost = tuple(label for label in sorted(labels(build("tags"))) if label.startswith(f"{LATE}."))
    row = Row(Kind.CHOICES, LATE, "plain_models.forms.OwnForm.own", lost)
    assert [row] * strategy.querysets_freeze == list(repairs)
    assert labels(form.base_fields["own"].queryset) == labels(build("tags"))


def test_a_filter_that_has_made_its_form_field_makes_a_live_one():
    with before(LATE):
        filter_ = ModelMultipleChoiceFilter(queryset=ObjectType.objects.with_feature("tags"))
    filters = type("OwnFilterSet", (FilterSet,), {"__module__": "plain_models.filtersets", "own": filter_})
    field = filters.base_filters["own"].field
    reload_plugins()
    assert labels(filters.base_filters["own"].field.queryset) == labels(build("tags"))
    assert labels(field.queryset) <= labels(build("tags"))


@pytest.mark.parametrize(
    ("module", "plugin"),
    [(f"{LATE}.forms", LATE), (f"{LATE}_and_more.forms", "netbox"), ("extras.forms.others", "netbox")],
)
def test_a_field_that_may_be_made_of_several_features_is_left_alone(strategy, monkeypatch, module, plugin):
    if not strategy.querysets_freeze:
        pytest.skip("nothing freezes: test_everything_live shows it")
    with before(LATE):
        form = own_form(module, ObjectType.objects.with_feature("tags"))
    found = labels(form.base_fields["own"].queryset)
    monkeypatch.setattr(
        "netbox_plugin_reloader.repair.live_querysets.candidates", lambda *arguments: [None, "tags", "jobs"]
    )
    report = reload_plugins()
    problem = "frozen from public or tags or jobs"
    rows = [row for row in report.findings if row.subject.endswith(".OwnForm.own")]
    assert rows == [Row(Kind.CHOICES, plugin, f"{module}.OwnForm.own", (problem,))]
    assert (report.repairs, report.failures) == ((), ())
    assert labels(form.base_fields["own"].queryset) == found


@pytest.mark.parametrize("features", [[], ["tags", "tags"]], ids=["none", "several"])
def test_a_field_that_lacks_nothing_is_no_finding(strategy, monkeypatch, features):
    form = own_form(f"{LATE}.forms", ObjectType.objects.with_feature("tags"))
    monkeypatch.setattr(live_querysets, "candidates", lambda *arguments: features)
    report = reload_plugins()
    assert [row for row in report.findings if row.subject.endswith(".OwnForm.own")] == []
    assert (report.repairs, report.failures) == ((), ())
    assert labels(form.base_fields["own"].queryset) == labels(build("tags"))


class Shy:
    """An attribute that nobody may read."""

    def __get__(self, instance, owner):
        raise RuntimeError("do not look")


class Secretive(type(forms.Form)):
    """A metaclass of classes none of whose attributes can be read once they are made."""

    def __getattribute__(self, name):
        if type.__dict__["__dict__"].__get__(self).get("is_made"):
            raise RuntimeError("do not look")
        return super().__getattribute__(name)


def test_a_form_that_cannot_be_examined_costs_only_itself(strategy, caplog):
    if not strategy.querysets_freeze:
        pytest.skip("forms are not examined")
    shy = own_form(f"{LATE}.forms", build("tags"))
    shy.base_fields = Shy()
    secretive = Secretive("SecretiveForm", (forms.Form,), {"__module__": f"{LATE}.forms"})
    secretive.is_made = True
    odd = own_form("extras.forms.odd", build("tags"))
    odd.base_fields["own"]._queryset = type("Odd", (), {"model": Shy()})()
    with before(LATE):
        form = own_form("plain_models.forms", ObjectType.objects.with_feature("tags"))
    report = reload_plugins()
    problem = "RuntimeError: do not look"
    assert report.failures == (
        Row(Kind.CHOICES, LATE, f"{LATE}.forms.OwnForm", (problem,)),
        Row(Kind.CHOICES, LATE, f"{LATE}.forms.SecretiveForm", (problem,)),
        Row(Kind.CHOICES, "netbox", "extras.forms.odd.OwnForm.own", (problem,)),
    )
    checked = [message.msg for message in check_report()]
    for row in report.failures:
        assert f"A repair failed: {row}." in checked
        assert f"{row.plugin}: the fields of {row.subject} cannot be examined: {problem}" in caplog.messages
    assert labels(form.base_fields["own"].queryset) == labels(build("tags"))


def test_the_menu_items_of_plugins_that_share_a_name_stand_side_by_side(monkeypatch):
    stored = registry["plugins"]["menu_items"]
    for name, verbose_name in ((LATE, "Shared"), ("plain_models", "Shared"), ("early_forms", "Lonely")):
        module = types.ModuleType(f"{name}.navigation")
        module.menu_items = (PluginMenuItem(link="home", link_text=f"Item of {name}"),)
        monkeypatch.setitem(reload.sys.modules, module.__name__, module)
        monkeypatch.setattr(apps.get_app_config(name), "verbose_name", verbose_name)
    # NetBox keeps those of the last one.
    monkeypatch.setitem(stored, "Shared", reload.sys.modules["plain_models.navigation"].menu_items)
    menus = None if hasattr(navigation, "get_menus") else navigation.MENUS
    (row,) = [row for row in reload_plugins().repairs if row.subject == "menu items"]
    assert row == Row(Kind.NAVIGATION, "netbox", "menu items", (f"Item of {LATE}",))
    assert {item.link_text for item in stored["Shared"]} == {f"Item of {LATE}", "Item of plain_models"}
    assert "Lonely" not in stored
    assert menus is None or navigation.MENUS is menus


@pytest.mark.parametrize(
    ("function", "kind", "subjects"),
    [
        ("make_choices_live", Kind.CHOICES, lambda strategy: [row.path for row in strategy.choices]),
        ("make_object_changes_live", Kind.CHOICES, lambda strategy: strategy.object_change_views),
        ("join_menu_items", Kind.NAVIGATION, lambda strategy: ["menu items"]),
        ("complete_menu_list", Kind.NAVIGATION, lambda strategy: ["menus"] * strategy.has_menu_list),
        ("renew_menu_cache", Kind.NAVIGATION, lambda strategy: ["menus"] * (not strategy.has_menu_list)),
        ("complete_preferences", Kind.PREFERENCES, lambda strategy: ["preferences"]),
        ("renew_search_types", Kind.SEARCH, lambda strategy: ["search types"]),
    ],
)
def test_what_cannot_be_made_anew_is_named(strategy, monkeypatch, function, kind, subjects):
    monkeypatch.setattr(reload, function, failing)
    assert reload_plugins().failures == tuple(
        Row(kind, "netbox", subject, ("RuntimeError: not today",)) for subject in subjects(strategy)
    )


@pytest.mark.parametrize("name", STORES)
def test_nothing_that_rests_on_a_store_is_tried_where_it_is_not_what_it_was(strategy, caplog, name):
    # What is to be made anew from a store is made from it.
    for row in strategy.choices:
        freeze_choices(row.path, row.source)
    lose_search_type(next(label for label in registry["search"] if label.startswith("late_resources.")))
    restore = keep(registry)
    dict.__setitem__(registry, name, 7)
    report = reload_plugins()
    restore()
    problem = ""
    if name in strategy.stores:
        expected = strategy.stores[name].__name__
        problem = f"is a int on NetBox {report.netbox_version}, a {expected} was expected"
        assert f"NetBox's registry store {name} {problem}; what depends on it is not repaired" in caplog.text
        assert f"{OURS}.W005" in [message.id for message in check_report()]
    failed = [(row.kind, row.plugin, row.subject, row.names) for row in report.failures]
    assert failed == [(Kind.RELOAD, "netbox", f"registry store {name}", (problem,))] * bool(problem)
    kinds = {row.kind for row in report.repairs}
    assert kinds == (
        set() if name in ("data_backends", "event_types", "plugins", "search") else {Kind.CHOICES, Kind.SEARCH}
    )
    assert {summary.name: summary.models for summary in report.plugins} == {
        app_config.name: len(list(models_of(app_config))) for app_config in plugin_configs()
    }


def test_a_pass_asks_each_app_for_its_models_once(monkeypatch):
    asked = []

    def ask(app_config):
        asked.append(app_config)
        return models_of(app_config)

    monkeypatch.setattr(reload, "models_of", ask)
    report = reload_plugins()
    assert asked == [*plugin_configs(), *companion_configs()]
    assert [summary.models for summary in report.plugins] == [
        len(list(models_of(app_config))) for app_config in plugin_configs()
    ]


def test_an_interruption_is_nobodys_failure(monkeypatch):
    def interrupt(registry):
        raise KeyboardInterrupt

    monkeypatch.setattr(reload, "complete_preferences", interrupt)
    with pytest.raises(KeyboardInterrupt):
        reload_plugins()


def test_a_plugin_none_of_whose_models_is_known_forgot_to_tell(strategy, monkeypatch):
    late = apps.get_app_config(LATE)
    monkeypatch.setattr(reload, "_forgetful", set())
    for model in models_of(late):
        registry["views"][LATE].get(model._meta.model_name, []).clear()
    names = ("does not call super().ready()", *unloaded_resources(late, strategy))
    found = Row(Kind.READY, LATE, "ready()", names)
    report = reload_plugins()
    assert {row.subject for row in report.repairs if row.plugin == LATE} == {
        model._meta.label_lower for model in models_of(late)
    }
    assert [row for row in report.findings if row.subject == found.subject] == [found]
    # Its models are known now, and still it should.
    assert [row for row in reload_plugins().findings if row.subject == found.subject] == [found]


def test_the_report_says_what_a_plugin_is_and_needs(monkeypatch):
    late, plain = apps.get_app_config(LATE), apps.get_app_config("plain_models")
    needs = {"min_version": "4.2.0", "max_version": "4.9.9", "required_settings": ["one", 2]}
    for name, value in {**needs, "version": "1.2.3", "django_apps": ["companion", LATE]}.items():
        monkeypatch.setattr(late, name, value)
    for name in ("min_version", "max_version"):
        monkeypatch.setattr(plain, name, None)
    monkeypatch.setattr(plain, "required_settings", [])
    monkeypatch.setattr(plain, "django_apps", [])
    report = reload_plugins()
    found = {summary.name: summary for summary in report.plugins}
    assert found[LATE] == PluginSummary(
        LATE, "1.2.3", len(list(models_of(late))), Needs("4.2.0", "4.9.9", ("one", "2"), ("companion",))
    )
    assert found["plain_models"] == PluginSummary("plain_models", plain.version, len(list(models_of(plain))), Needs())
    assert report.version == __version__
