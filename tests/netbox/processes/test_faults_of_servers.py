"""Database and Redis may be away, go and come back: NetBox's process stays, and what was left undone is made up for."""

from __future__ import annotations

import json
import os
import re
import socket

import pytest
from django.core.cache import cache
from django_redis import get_redis_connection

from netbox_plugin_reloader.compat.installation import management_command
from netbox_plugin_reloader.plugins import plugin_configs
from netbox_plugin_reloader.processes import announcements, generation
from netbox_plugin_reloader.processes.announcements import announce, announced
from netbox_plugin_reloader.processes.cache import own
from netbox_plugin_reloader.processes.generation import current_generation, raise_generation
from netbox_plugin_reloader.recycle import requests as recycle_requests
from netbox_plugin_reloader.repair import openapi_schema as openapi
from netbox_plugin_reloader.startup import web_process
from netbox_plugin_reloader.ui.tables import process_lines
from tests.netbox.startup.test_startup import HEALTHY_WITH_US

OURS = "netbox_plugin_reloader"
REPAIRED = [True, 0]
"""That a pass repaired what it could, and that nothing failed."""

SECONDS = 5
"""What a step may take, in seconds, that loads nothing."""


WRONG = [b"\x80garbage", b"", "garbage", 1.5, ["garbage"]]
SOUND = {
    "process": {"host": "elsewhere", "pid": 1, "kind": "web"},
    "server": "gunicorn",
    "master": 1,
    "generation": 1,
    "started": 1.0,
    "netbox_version": "4.5.10",
    "plugins": {"late_models": "1.0"},
    "reload_file": "",
    "place": "",
    "birth": 0,
    "master_identity": "",
    "preloaded": False,
    "follows": False,
}
PROCESS = SOUND["process"]
TEXTS = ("server", "netbox_version", "reload_file", "place", "master_identity")
# A value of a wrong type in each place, numbers that no page could show, and the shapes of other releases.
UNSOUND = [
    *({**SOUND, "process": wrong} for wrong in (None, ["elsewhere", 1, "web"], {}, {**PROCESS, "more": 1})),
    *({**SOUND, "process": {**PROCESS, name: wrong}} for name in PROCESS for wrong in (None, 1.5, [], True, -1)),
    *({**SOUND, "process": {**PROCESS, "kind": wrong}} for wrong in ("", "webs", "command\n")),
    *({**SOUND, name: wrong} for name in TEXTS for wrong in (None, 1, b"a", [])),
    *(
        {**SOUND, name: wrong}
        for name in ("master", "birth", "generation")
        for wrong in ("1", 1.5, True, -1, 2**63, [])
    ),
    *({**SOUND, name: wrong} for name in ("preloaded", "follows") for wrong in (None, 1, "yes")),
    {**SOUND, "master": None},
    *({**SOUND, "started": wrong} for wrong in (None, "1", True, [], -1.0, 1e300, float("nan"), float("inf"), 2**70)),
    *({**SOUND, "plugins": wrong} for wrong in (None, [], "late_models", {1: "1.0"}, {"late_models": 1.0})),
    *({name: value for name, value in SOUND.items() if name != missing} for missing in SOUND),
    {**SOUND, "more": 1},
    tuple(SOUND.values()),
]


@pytest.fixture(scope="module")
def found(probe):
    """Return what happens in a web process while its servers go and come."""
    return probe("outages.py", plugins=HEALTHY_WITH_US)


@pytest.fixture
def garbage():
    """Put what is no pickle, and what is of a wrong type, under a key of ours; everything is forgotten afterwards."""
    connection = get_redis_connection("default")
    keys = [own(generation.KEY), own(recycle_requests.LAST_KEY), openapi.CACHE_KEY]

    def forget():
        for key in (*keys, own(f"{announcements.KEY}*")):
            cache.delete_pattern(key)

    def put(key, value):
        if isinstance(value, bytes):
            connection.set(cache.make_key(key), value)
        else:
            cache.set(key, value)

    forget()
    yield put
    forget()


@pytest.mark.parametrize("value", WRONG, ids=str)
def test_a_generation_that_is_garbage_is_none_and_the_next_is_right(garbage, value, caplog):
    garbage(own(generation.KEY), value)
    assert current_generation() is None
    if isinstance(value, bytes):
        (record,) = caplog.records
        assert record.message.startswith(
            f"NetBox's cache held an unreadable value under {own(generation.KEY)}; deleted: "
        )
    # It is said once.
    caplog.clear()
    assert current_generation() is None
    assert caplog.records == []
    garbage(own(generation.KEY), value)
    raised = raise_generation()
    assert current_generation() == raised
    assert raised < raise_generation()


def web_processes():
    return [process for process in announced() if process.process.kind != "worker"]


def test_an_announcement_that_is_garbage_or_of_another_shape_hides_no_other(garbage):
    announce(1)
    for value in (*WRONG, *UNSOUND):
        garbage(own(f"{announcements.KEY}elsewhere.1"), value)
        assert [process.process.pid for process in web_processes()] == [os.getpid()], value
    # It is the value that counts, and not where it stands.
    for value in (SOUND, {**SOUND, "generation": None, "started": 1}):
        garbage(own(f"{announcements.KEY}elsewhere.1"), value)
        processes = web_processes()
        assert {process.process.host for process in processes} == {"elsewhere", socket.gethostname()}, value
        assert json.dumps([process.with_state(2) for process in processes])
        assert process_lines(processes, 2)


@pytest.mark.parametrize(
    "value", [*WRONG, {"unknown": 1}, {"user": 1, "source": []}, {"user": "a", "source": "page", "asked": "now"}]
)
def test_a_recycle_request_that_is_garbage_is_none(garbage, value):
    garbage(own(recycle_requests.LAST_KEY), value)
    assert recycle_requests.last_request() is None


@pytest.mark.parametrize("value", WRONG, ids=str)
def test_a_fingerprint_that_is_garbage_drops_the_schema_once(garbage, value, settings):
    garbage(openapi.CACHE_KEY, value)
    version = settings.RELEASE.version
    assert openapi.drop_outdated_schema(version, plugin_configs()) is True
    assert openapi.drop_outdated_schema(version, plugin_configs()) is False


def steps_of(log):
    """Return the warnings and errors of each step."""
    said, lines = {}, []
    for level, message in log:
        if message.startswith("end of "):
            said[message.removeprefix("end of ")] = lines
            lines = []
        elif level not in ("INFO", "DEBUG"):
            lines.append(message)
    return said


CACHE = "NetBox's cache does not answer; going on without it: ConnectionError: "
URLCONF = "NetBox's URLconf cannot be loaded now; the first request tries again: "
ROWS = "NetBox's object types cannot be read now: OperationalError: "


def assert_said(found, step, *starts):
    said = steps_of(found["log"])[step]
    assert len(said) == len(starts), said
    for message, start in zip(said, starts, strict=True):
        assert message.startswith(start)


def test_a_process_starts_without_database_and_redis_and_repairs_the_rest(found, strategy):
    answers, repaired, _ = found["steps"]["start without servers"]
    # As it is without us: a page asks Redis.
    assert 200 not in answers
    assert repaired == REPAIRED
    rows = [ROWS] if strategy.object_type_rows else []
    # NetBox's own pages need the database up to 4.3.7; some later releases' need Redis.
    needed = [message for message in steps_of(found["log"])["start without servers"] if message.startswith(URLCONF)]
    # Tried at the start, and once more before the first request.
    assert len(needed) == 2 if strategy.line in ("4.2", "4.3") else len(needed) <= 2
    # Once for the start, and once for the pass that was asked for.
    assert_said(found, "start without servers", CACHE, *needed[:1], *rows, *needed[1:], *rows)


def test_it_serves_when_they_come_and_makes_up_for_what_was_left_undone(found):
    answers, rows_right, listed, _ = found["steps"]["servers come"]
    assert answers == [200, 200, 200]
    assert rows_right
    assert listed == 1
    assert_said(found, "servers come")


def test_redis_may_be_lost_and_come_back(found):
    answers, repaired, _ = found["steps"]["redis lost"]
    # As it is without us.
    assert 200 not in answers
    assert repaired == REPAIRED
    # However often it is asked meanwhile.
    assert_said(found, "redis lost", CACHE)
    answers, raised, listed, _ = found["steps"]["redis comes"]
    assert (answers, raised, listed) == ([200, 200], True, 1)
    assert_said(found, "redis comes")


@pytest.mark.parametrize(
    ("lost", "back"), [("database session ended", "after that"), ("database lost", "database comes")]
)
def test_the_database_may_be_lost_between_two_requests_and_come_back(found, strategy, lost, back):
    *_, repaired, rows_right, _ = found["steps"][lost]
    assert repaired == REPAIRED
    assert rows_right is not strategy.object_type_rows
    assert_said(found, lost, *([ROWS] if strategy.object_type_rows else []))
    answers, repaired, rows_right, _ = found["steps"][back]
    assert (answers, repaired, rows_right) == ([200], REPAIRED, True)
    assert_said(found, back)


def test_a_database_without_tables_stops_no_pass(found, strategy):
    repaired, problem, _ = found["steps"]["no tables"]
    assert repaired == REPAIRED
    expected = f"NetBox's table of object types does not exist yet; run {management_command('migrate')}"
    assert problem == (expected if strategy.object_type_rows else "")
    assert_said(found, "no tables")
    assert found["steps"]["tables"][:2] == [[200], REPAIRED]


def test_nobody_waits_for_a_server_that_is_away(found):
    for step in ("redis lost", "redis comes", "database session ended", "database lost", "no tables"):
        assert found["steps"][step][-1] < SECONDS, step


def test_who_comes_while_another_request_catches_up_does_not_wait(monkeypatch):
    monkeypatch.setattr(web_process, "_rows_postponed", True)
    monkeypatch.setattr(web_process, "_next_try", 0.0)
    with web_process._catching_up:
        web_process._catch_up()
    assert (web_process._rows_postponed, web_process._next_try) == (True, 0.0)


def test_an_image_is_built_without_servers(probe, alone, strategy):
    found = probe("image_build.py", **alone)
    assert {"forgotten_ready", "doubled_views"} <= set(found["repaired"])
    assert [message for level, message in found["log"] if level != "INFO"] == []
    commands = found["commands"]
    # NetBox's own pages need the database up to 4.3.7; some later releases' need Redis.
    status, output, _ = commands["check"]
    assert status == 1 or strategy.line not in ("4.2", "4.3")
    if status == 1:
        errors = r"^(redis\.exceptions\.ConnectionError|django\.db\.utils\.OperationalError): "
        assert re.search(errors, output, re.MULTILINE)
        assert f"{OURS}/" not in output
        del commands["check"]
    assert f"({OURS}.W009)" in commands["check --tag"][1]
    if not found["has_msgfmt"]:
        assert "msgfmt" in commands.pop("compilemessages")[1]
    assert [name for name, (status, _, _) in commands.items() if status != 0] == []
    assert found["compiled"] is found["has_msgfmt"]
    assert found["static"] > 100
    said = re.compile(rf"^(WARNING|ERROR) {OURS}", re.MULTILINE)
    assert [name for name, (_, output, _) in commands.items() if said.search(output)] == []
