"""A repair that fails is a row of the report and a line of the log; NetBox and the other repairs go on."""

from __future__ import annotations

import logging
import sys

from netbox_plugin_reloader import reload_plugins
from netbox_plugin_reloader.plugins import plugin_configs, skipped_plugins
from netbox_plugin_reloader.repair import openapi_schema as openapi
from netbox_plugin_reloader.repair.registration import unloaded_resources
from netbox_plugin_reloader.startup import passes


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
    monkeypatch.delitem(sys.modules, "late_resources.resources")
    findings = [(row.plugin, row.subject, row.names) for row in reload_plugins().findings]
    assert ("late_resources", "not loaded by NetBox", ("late_resources.resources",)) in findings


def test_netboxs_own_ready_has_loaded_every_module(monkeypatch):
    monkeypatch.delitem(sys.modules, "early_forms.template_content")
    assert "early_forms" not in {row.plugin for row in reload_plugins().findings}


def test_whose_ready_was_replaced_may_have_loaded_nothing(monkeypatch):
    (early_forms,) = (config for config in plugin_configs() if config.name == "early_forms")
    monkeypatch.setattr(early_forms, "ready", lambda: None)
    monkeypatch.delitem(sys.modules, "early_forms.template_content")
    findings = [(row.plugin, row.subject, row.names) for row in reload_plugins().findings]
    assert ("early_forms", "not loaded by NetBox", ("early_forms.template_content",)) in findings


def test_a_resource_in_a_module_that_does_not_exist_is_none(strategy):
    class Config:
        __module__ = "plain_models"
        menu = "no.such.module.menu"

        def ready(self):
            """Not NetBox's own."""

    assert unloaded_resources(Config(), strategy) == ()


def test_no_plugin_is_skipped_here():
    assert skipped_plugins() == []


def test_the_schema_that_netbox_caches_is_dropped_when_a_plugin_changed(settings, monkeypatch):
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
    assert openapi.drop_outdated_schema(settings.RELEASE.version, reversed(plugins)) is False
    assert view(request).content == b"old"
    monkeypatch.setattr(type(plugins[0]), "version", "99.0")
    assert openapi.drop_outdated_schema(settings.RELEASE.version, plugins) is True
    assert view(request).content == b"new"
    assert openapi.drop_outdated_schema(settings.RELEASE.version, plugins[1:]) is True
    cache.delete(openapi.CACHE_KEY)


def test_a_cache_that_cannot_be_reached_is_logged(monkeypatch, caplog):
    monkeypatch.setattr("django.core.cache.cache", object())
    assert openapi.drop_outdated_schema("4.5.10", plugin_configs()) is False
    assert "NetBox's cache does not answer" in caplog.text
