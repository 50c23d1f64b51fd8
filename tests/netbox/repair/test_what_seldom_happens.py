"""What seldom happens to the report, the rows and the connections, and is told all the same."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connections

from netbox_plugin_reloader import checks
from netbox_plugin_reloader.management.commands import plugin_reloader
from netbox_plugin_reloader.repair import last_writer, references
from netbox_plugin_reloader.repair.outcome import Outcome
from netbox_plugin_reloader.report import Kind, Row
from netbox_plugin_reloader.startup import background_worker, passes, web_process

REFUSED = Row(Kind.OBJECT_TYPES, "netbox", "all rows", ("written last with choir 2.0",))


def test_without_a_report_there_is_nothing_to_check(monkeypatch):
    monkeypatch.setattr(checks, "latest_report", lambda: None)
    assert checks.check_report() == checks.check_conflicts() == []


def test_the_check_of_rows_says_that_older_code_writes_nothing(monkeypatch):
    monkeypatch.setattr(checks, "check_object_types", lambda strategy: Outcome(refused=(REFUSED,)))
    (message,) = checks.check_rows(["default"])
    assert message.id == "netbox_plugin_reloader.W007"
    assert "written last with choir 2.0" in message.msg
    assert message.hint.startswith("Newer code wrote the rows last")


def test_status_says_that_a_netbox_was_not_tested(db, monkeypatch, capsys):
    monkeypatch.setattr(plugin_reloader, "newer_than_tested", lambda version: "NetBox 4.99.0 is newer than 4.98.0")
    call_command("plugin_reloader", "status", no_color=True)
    assert capsys.readouterr().out.splitlines()[-1] == "NetBox 4.99.0 is newer than 4.98.0"


@pytest.mark.parametrize("note", ['{"versions": 1, "declared": "x"}', '{"unknown": 1}', "{nothing}"])
def test_a_note_that_cannot_be_read_is_none(monkeypatch, note):
    monkeypatch.setattr(last_writer, "_comment", lambda table: (f"netbox_plugin_reloader: {note}", 1.0))
    assert last_writer.last_writer("core_objecttype") == (None, 1.0)


def test_a_thing_without_a_text_is_told_by_its_id():
    class Thing:
        pk = 7

        def __str__(self):
            raise RuntimeError("no text today")

    assert references._name(Thing()) == "with the id 7"


def test_a_pool_that_was_opened_meanwhile_is_closed_and_another_one_stays(monkeypatch):
    pools = {"other": object()}
    closed = []

    class Pooled:
        connection = None
        _connection_pools = pools

        def __init__(self, alias):
            self.alias = alias

        def close_pool(self):
            closed.append(self.alias)

    monkeypatch.setattr(type(connections), "all", lambda self, **options: [Pooled("default"), Pooled("other")])
    with web_process.connections_closed_again():
        pools["default"] = object()
    assert closed == ["default"]


def test_a_background_worker_follows_without_leaving_a_connection(monkeypatch):
    done = []
    monkeypatch.setattr(passes, "follow", lambda: done.append("followed"))
    monkeypatch.setattr(web_process, "close_idle_connections", lambda: done.append("closed"))
    background_worker._follow()
    assert done == ["followed", "closed"]
