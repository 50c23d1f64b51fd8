"""A repair that fails is a row of the report and a line of the log; NetBox and the other repairs go on."""

from __future__ import annotations

import sys
from functools import partial
from unittest.mock import Mock

import pytest
from django.apps import apps

from netbox_plugin_reloader import reload_plugins
from netbox_plugin_reloader.plugins import plugin_configs, skipped_plugins
from netbox_plugin_reloader.repair import openapi_schema as openapi
from netbox_plugin_reloader.repair.registration import unloaded_resources
from netbox_plugin_reloader.startup import passes

OURS = "netbox_plugin_reloader"


@pytest.mark.parametrize(
    ("failing", "function", "told"),
    [
        ("startup.passes.run_reload_pass", partial(passes.run_pass, "at noon"), "The reload pass at noon failed"),
        (
            "repair.object_types.repair_object_types",
            partial(passes.repair_rows, "at noon"),
            "The object types could not be compared at noon",
        ),
        ("repair.object_types.check_object_types", passes.check_rows, "could not be compared for the report"),
    ],
)
def test_what_fails_does_not_stop_netbox(monkeypatch, caplog, failing, function, told):
    monkeypatch.setattr(f"{OURS}.{failing}", Mock(side_effect=RuntimeError("not today")))
    function()
    assert told in caplog.text
    assert "not today" in caplog.text


@pytest.mark.parametrize(
    ("plugin", "module", "is_replaced", "is_found"),
    [
        ("late_resources", "resources", False, True),
        # NetBox's own ready() has loaded every module; one that somebody put in its place may have loaded nothing.
        ("early_forms", "template_content", False, False),
        ("early_forms", "template_content", True, True),
    ],
)
def test_a_module_that_netbox_did_not_load_is_named(monkeypatch, plugin, module, is_replaced, is_found):
    if is_replaced:
        monkeypatch.setattr(apps.get_app_config(plugin), "ready", lambda: None)
    monkeypatch.delitem(sys.modules, f"{plugin}.{module}")
    found = [(row.subject, row.names) for row in reload_plugins().findings if row.plugin == plugin]
    assert found == [("not loaded by NetBox", (f"{plugin}.{module}",))] * is_found


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
