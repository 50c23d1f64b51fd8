"""The suite proves nothing unless this NetBox is the one we mean, and loaded the package that we mean."""

from __future__ import annotations

import os
from pathlib import Path
from unittest import mock

import django
import netbox
import pytest
from dcim.models import Region
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from netbox.registry import registry
from packaging.version import Version

import netbox_plugin_reloader
from netbox_plugin_reloader import reload_plugins
from netbox_plugin_reloader.compat import SUPPORTED
from netbox_plugin_reloader.repair.reload_pass import latest_report
from tests.netbox import source
from tests.unit import netbox_names

# Tests run passes of their own; while they are collected, the latest is still that of this process's start-up.
AT_START_UP = latest_report()


def test_this_is_the_netbox_that_was_asked_for():
    expected = os.environ.get("NETBOX_TEST_RELEASE")
    if not expected:
        pytest.skip("no release was asked for")
    assert Version(settings.RELEASE.version).base_version == Version(expected).base_version


def test_it_is_the_source_that_other_tests_read_and_commands_are_run_as_it_is_installed():
    assert Path(netbox.__file__).is_relative_to(source.ROOT / "netbox")
    assert set(netbox_names.PACKAGES) == source.PACKAGES
    program = Path(os.environ["NETBOX_LAB_PROGRAM"])
    assert program.is_file()
    # NetBox says so itself from 4.6.8 on (netbox/settings.py), and is always a checkout before.
    wheel = getattr(settings, "NETBOX_INSTALL_MODE", "checkout") == "wheel"
    assert program.name == ("netbox" if wheel else "manage.py")


@pytest.mark.django_db
def test_the_tables_have_the_triggers_of_nested_objects():
    """From 4.7.0 on they compute the paths of nested objects (utilities/ltree.py), and 4.7.1 mended them."""
    operations = [
        operation
        for migration in MigrationLoader(connection).disk_migrations.values()
        for operation in migration.operations
        if type(operation).__name__ in ("InstallLtreeTriggers", "ReinstallLtreeTriggers")
    ]
    made = {table: [] for table in {operation.table_name for operation in operations}}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, prosrc FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
            "JOIN pg_proc ON pg_proc.oid = tgfoid WHERE tgname LIKE '%ltree%'"
        )
        for table, body in cursor.fetchall():
            made[table].append(body)
    print(len(made), "tables with triggers")
    nested = any(field.name == "path" for field in Region._meta.get_fields())
    assert len(made) >= (9 if nested else 0)
    for operation in operations:
        table = operation.table_name
        executed = mock.Mock()
        operation.database_forwards("", executed, None, None)
        wanted = "".join(call.args[0] for call in executed.execute.call_args_list).replace("%%", "%")
        assert len(made[table]) == 2
        assert all(body in wanted for body in made[table]), table
    if nested:
        north, south = Region.objects.create(name="North", slug="n"), Region.objects.create(name="South", slug="s")
        coast = Region.objects.create(name="Coast", slug="c", parent=north)
        bay = Region.objects.create(name="Bay", slug="b", parent=coast)
        coast.refresh_from_db()
        coast.parent = south
        coast.save()
        bay.refresh_from_db()
        assert list(south.get_descendants()) == [coast, bay]
        assert [region.name for region in bay.get_ancestors()] == ["South", "Coast"]


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
