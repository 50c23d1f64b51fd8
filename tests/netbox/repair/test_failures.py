"""A repair that fails is a row of the report and a line of the log; NetBox and the other repairs go on."""

from __future__ import annotations

import logging
import re
import sys

import pytest
from netbox.registry import registry

from netbox_plugin_reloader import reload_plugins
from netbox_plugin_reloader.checks import check_report
from netbox_plugin_reloader.compat import running_version
from netbox_plugin_reloader.plugins import models_of, plugin_configs, skipped_plugins
from netbox_plugin_reloader.repair import openapi_schema as openapi
from netbox_plugin_reloader.repair import reload_pass as reload
from netbox_plugin_reloader.repair.registration import unloaded_resources
from netbox_plugin_reloader.report import Kind
from netbox_plugin_reloader.startup import passes


@pytest.fixture
def broken_entry():
    """Register a view of a plugin's model without what makes one."""
    registry["views"]["plain_models"]["plain"] = [{"name": "broken"}]
    yield
    del registry["views"]["plain_models"]["plain"]


def test_what_cannot_be_repaired_is_named_and_the_rest_repaired(broken_entry, caplog):
    entries = registry["views"]["plain_models"]["everything"]
    journal = next(entry for entry in entries if entry["name"] == "journal")
    entries.append(dict(journal))
    report = reload_plugins()
    (failure,) = [row for row in report.failures if row.plugin == "plain_models"]
    assert failure.subject == "plain_models.plain"
    assert re.fullmatch(r"KeyError: '\w+'", failure.names[0])
    assert ("plain_models.everything", ("journal",)) in [(row.subject, row.names) for row in report.repairs]
    assert "plain_models: views of plain_models.plain failed" in caplog.text
    assert "netbox_plugin_reloader.W005" in [message.id for message in check_report()]


def test_a_store_that_is_not_what_it_was_is_named(strategy, caplog):
    stores = dict(registry)
    try:
        dict.pop(registry, "search")
        dict.__setitem__(registry, "plugins", [])
        report = reload_plugins()
    finally:
        dict.update(registry, stores)
    on = f"on NetBox {running_version()}, a dict was expected"
    problems = {"plugins": f"is a list {on}", "search": f"is missing {on}"}
    broken = {(row.plugin, row.subject): row.names for row in report.failures if row.kind is Kind.RELOAD}
    assert broken == {("netbox", f"registry store {name}"): (problem,) for name, problem in problems.items()}
    for name, problem in problems.items():
        assert f"NetBox's registry store {name} {problem}; what rests on it is left alone" in caplog.text


def test_models_that_cannot_be_listed_are_a_failure_of_their_app(monkeypatch):
    def fail(app_config):
        if app_config.name in ("companion", "late_models"):
            raise RuntimeError("no models today")
        return models_of(app_config)

    monkeypatch.setattr(reload, "models_of", fail)
    report = reload_plugins()
    failures = [
        (row.kind, row.plugin, row.subject)
        for row in report.failures
        if row.names == ("RuntimeError: no models today",)
    ]
    assert failures == [
        (Kind.REGISTRATION, "late_models", "all models"),
        (Kind.REGISTRATION, "companion", "all models"),
        (Kind.RELOAD, "late_models", "summary"),
    ]
    assert "plain_models" in [summary.name for summary in report.plugins]


def test_a_pass_that_fails_does_not_stop_netbox(monkeypatch, caplog):
    def fail():
        raise RuntimeError("no pass today")

    monkeypatch.setattr(passes, "run_reload_pass", fail)
    with caplog.at_level(logging.ERROR):
        passes.run_pass("at noon")
    assert "The reload pass at noon failed" in caplog.text
    assert "no pass today" in caplog.text


def test_object_types_that_cannot_be_compared_do_not_stop_netbox(monkeypatch, caplog):
    def fail(strategy, **options):
        raise RuntimeError("no rows today")

    monkeypatch.setattr("netbox_plugin_reloader.repair.object_types.repair_object_types", fail)
    passes.repair_rows("at noon")
    assert "The object types could not be compared at noon" in caplog.text
    assert "no rows today" in caplog.text


def test_a_module_that_netbox_did_not_load_is_named(monkeypatch):
    monkeypatch.delitem(sys.modules, "early_forms.template_content")
    findings = [(row.plugin, row.subject, row.names) for row in reload_plugins().findings]
    assert ("early_forms", "not loaded by NetBox", ("early_forms.template_content",)) in findings


def test_a_resource_in_a_module_that_does_not_exist_is_none(strategy):
    class Config:
        __module__ = "plain_models"
        menu = "no.such.module.menu"

    assert unloaded_resources(Config(), strategy) == ()


def test_no_plugin_is_skipped_here():
    assert skipped_plugins() == []


class Cache(dict):
    """A cache that keeps its entries to itself, with the one method of django-redis that we need."""

    def set(self, key, value, timeout):
        self[key] = value

    def delete_pattern(self, pattern):
        self["dropped"] = [*self.get("dropped", []), pattern]


def test_a_changed_plugin_drops_the_cached_schema_once(monkeypatch):
    cache = Cache()
    monkeypatch.setattr("django.core.cache.cache", cache)
    assert openapi.drop_outdated_schema("4.5.10", plugin_configs()) is True
    assert openapi.drop_outdated_schema("4.5.10", reversed(plugin_configs())) is False
    monkeypatch.setattr(type(plugin_configs()[0]), "version", "99.0")
    assert openapi.drop_outdated_schema("4.5.10", plugin_configs()) is True
    assert openapi.drop_outdated_schema("4.5.10", plugin_configs()[1:]) is True
    assert len(cache["dropped"]) == 3


def test_the_schema_that_netbox_caches_is_dropped(settings, client):
    from django.core.cache import cache
    from django.http import HttpResponse
    from django.test import RequestFactory
    from django.views.decorators.cache import cache_page

    # As NetBox caches its schema (netbox/urls.py), with a view that is made faster.
    answers = iter(["old", "new"])
    view = cache_page(timeout=60, key_prefix=f"api_schema_{settings.RELEASE.version}")(
        lambda request: HttpResponse(next(answers))
    )
    request = RequestFactory().get("/api/schema/")
    plugins = plugin_configs()
    openapi.drop_outdated_schema(settings.RELEASE.version, plugins)
    assert [view(request).content, view(request).content] == [b"old", b"old"]
    assert openapi.drop_outdated_schema(settings.RELEASE.version, plugins) is False
    assert view(request).content == b"old"
    assert openapi.drop_outdated_schema(settings.RELEASE.version, plugins[1:]) is True
    assert view(request).content == b"new"
    cache.delete(openapi.CACHE_KEY)


def test_a_cache_that_cannot_be_reached_is_logged(monkeypatch, caplog):
    monkeypatch.setattr("django.core.cache.cache", object())
    assert openapi.drop_outdated_schema("4.5.10", plugin_configs()) is False
    assert "NetBox's cache does not answer" in caplog.text
