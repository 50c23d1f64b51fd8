"""The suite proves nothing unless this NetBox is the one we mean, and loaded the package that we mean."""

from __future__ import annotations

import os
from pathlib import Path

import django
import pytest
from django.apps import apps
from django.conf import settings
from netbox.registry import registry
from packaging.version import Version

import netbox_plugin_reloader
from netbox_plugin_reloader import reload_plugins
from netbox_plugin_reloader.compat import SUPPORTED
from netbox_plugin_reloader.repair.reload_pass import latest_report

# Tests run passes of their own; while they are collected, the latest is still that of this process's start-up.
AT_START_UP = latest_report()


def test_this_is_the_netbox_that_was_asked_for():
    expected = os.environ.get("NETBOX_TEST_RELEASE")
    if not expected:
        pytest.skip("no release was asked for")
    assert Version(settings.RELEASE.version).base_version == Version(expected).base_version


def test_the_supported_table_knows_netboxs_django(strategy):
    (row,) = (row for row in SUPPORTED if row.line == strategy.line)
    assert row.django == ".".join(map(str, django.VERSION[:2]))


def test_netbox_loaded_us():
    assert apps.get_app_config("netbox_plugin_reloader").version == netbox_plugin_reloader.__version__
    assert "netbox_plugin_reloader" in registry["plugins"].get("installed", settings.PLUGINS)


def test_the_package_under_test_is_the_built_one():
    if not os.environ.get("TOX_PACKAGE"):
        pytest.skip("this run tests the source")
    assert not Path(netbox_plugin_reloader.__file__).is_relative_to(
        Path(__file__).parents[2] / "netbox_plugin_reloader"
    )


def test_the_report_names_netbox_and_every_plugin(strategy):
    report = reload_plugins()
    assert report.netbox_version == settings.RELEASE.version
    assert report.strategy == strategy.line
    assert {plugin.name for plugin in report.plugins} == set(settings.PLUGINS)
    assert {plugin.name: plugin.models for plugin in report.plugins}["plain_models"] == 3


def test_start_up_repaired_what_the_test_plugins_break(record_testsuite_property):
    record_testsuite_property("repaired", len(AT_START_UP.repairs))
    assert {"doubled_views", "forgotten_ready", "raising_models"} <= {row.plugin for row in AT_START_UP.repairs}
    assert AT_START_UP.failures == ()
