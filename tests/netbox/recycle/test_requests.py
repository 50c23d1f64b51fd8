"""Other workers are asked for by those who may, one at a time, and nothing is touched if NetBox would not start."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import types
from pathlib import Path
from unittest import mock

import pytest
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.core.cache import cache
from django.core.management import CommandError

from netbox_plugin_reloader.compat import running_version
from netbox_plugin_reloader.compat.installation import management_command, which_instance
from netbox_plugin_reloader.processes.announcements import plugin_versions
from netbox_plugin_reloader.processes.cache import own, redis_of
from netbox_plugin_reloader.processes.host import place
from netbox_plugin_reloader.recycle import driver as recycle_process
from netbox_plugin_reloader.recycle import fresh_process, preflight, static_files
from netbox_plugin_reloader.recycle import requests as recycle_requests
from netbox_plugin_reloader.recycle.driver import recycle
from netbox_plugin_reloader.recycle.lock import KEY, RECENT_KEY, Lock, holder
from netbox_plugin_reloader.recycle.replacing import Master, RecycleFailed
from netbox_plugin_reloader.recycle.requests import (
    LAST_KEY,
    RecycleRefused,
    RecycleRequest,
    check_allowed,
    last_request,
    recycle_in_background,
)
from tests.netbox.examples import NoCache, announcement, call
from tests.netbox.startup.test_startup import HEALTHY_WITH_US

HERE, OURS = socket.gethostname(), "netbox_plugin_reloader"
REQUEST = RecycleRequest("admin", "command")
MASTER = Master(4711, "gunicorn", (announcement(1), announcement(2)), "")
PASSED = "Static files to collect: 3; run it."
ELSEWHERE = {"host": "elsewhere", "place": "", "pid": 12, "birth": 1}


@pytest.fixture(autouse=True)
def forget(settings):
    """Have nobody have asked yet, and everybody be allowed to."""
    keys = [own(key) for key in (LAST_KEY, KEY, RECENT_KEY)]
    cache.delete_many(keys)
    settings.PLUGINS_CONFIG = {**settings.PLUGINS_CONFIG, OURS: {"recycle_workers": True}}
    yield
    cache.delete_many(keys)


@pytest.fixture
def replaced(monkeypatch):
    """Have one server known, NetBox start, and return the list of what would have been replaced."""
    done = []

    class Recycle:
        def __init__(self, master, netbox_version, plugins, deadline, say, is_alone):
            done.append((master, netbox_version, plugins))
            self.is_alone = is_alone

        def run(self):
            assert (holder().host, holder().pid) == (HERE, os.getpid())
            assert self.is_alone()
            assert last_request().state == "running"

    monkeypatch.setattr(recycle_process, "Recycle", Recycle)
    monkeypatch.setattr(recycle_process, "masters", lambda: [MASTER])
    monkeypatch.setattr(recycle_process, "preflight", lambda: PASSED)
    return done


def hold(values):
    """Have somebody hold the lock who wrote this, which may be garbage."""
    text = values if isinstance(values, bytes) else json.dumps(values)
    redis_of(cache).set(cache.make_key(own(KEY)), text, ex=60)


def ask(say=lambda line: None, pid_file=None):
    return recycle(REQUEST, pid_file=pid_file, seconds=5, say=say)


def test_the_workers_are_replaced_and_it_is_known_who_asked(replaced, caplog):
    caplog.set_level("INFO", OURS)
    said = []
    done = ask(said.append)
    assert (done.user, done.host, done.state, done.text) == ("admin", HERE, "succeeded", "2 workers replaced")
    assert replaced == [(MASTER, running_version(), plugin_versions())]
    assert said == [PASSED]
    assert last_request() == done
    assert holder() is None
    assert [record.message.partition(": ")[0] for record in caplog.records] == [
        f"recycle asked for by admin (command) on {HERE}"
    ] * 2


def test_without_the_setting_it_is_refused(replaced, settings, caplog):
    settings.PLUGINS_CONFIG = {**settings.PLUGINS_CONFIG, OURS: {}}
    done = ask()
    assert done.state == "refused"
    assert "['recycle_workers'] is not True" in done.text
    assert last_request() is None
    assert replaced == []
    assert "refused" in caplog.text


def test_one_at_a_time_and_one_in_ten_seconds(replaced):
    hold(ELSEWHERE)
    assert ask().text == "Another recycle is running: process 12 on elsewhere."
    hold({})
    assert ask().state == "succeeded"
    assert ask().text == "The last recycle ended less than 10 seconds ago."
    assert len(replaced) == 1


def test_who_begins_at_the_same_moment_is_refused(replaced, monkeypatch):
    monkeypatch.setattr(recycle_process, "check_allowed", lambda begun: None)
    hold(ELSEWHERE)
    assert ask().text == "Another recycle has just begun."


GONE = {"host": HERE, "place": place(), "pid": 2**22 + 1, "birth": 1}
# Its id is another process's since.
REUSED = {**GONE, "pid": os.getpid(), "birth": 1}
WRONG = [b"", b"\x80garbage", b"garbage", [], {}, {"host": HERE, "pid": None}, {**GONE, "pid": "1"}]


@pytest.mark.parametrize("values", [GONE, REUSED, *WRONG], ids=str)
def test_the_lock_of_a_process_that_is_gone_is_none_and_garbage_is_none(replaced, values):
    hold(values)
    assert ask().state == "succeeded"


def test_the_lock_of_another_container_is_one(replaced):
    hold({**GONE, "place": "another"})
    assert ask().text == f"Another recycle is running: process {GONE['pid']} on {HERE}."


def test_only_who_holds_the_lock_gives_it_back_or_hands_it_over():
    late = Lock(0.05)
    late.take()
    time.sleep(0.1)
    # Nobody has it, so it is taken again.
    assert late.is_held()
    time.sleep(0.1)
    next_one = Lock(60)
    next_one.take()
    assert not late.is_held()
    late.give_back()
    assert next_one.is_held()
    third = Lock(60, next_one.token)
    third.take()
    assert third.is_held()
    assert not next_one.is_held()
    with pytest.raises(RecycleRefused, match="has just begun"):
        Lock(60, next_one.token).take()
    # A cache that was emptied is no reason to stop half-way, if nobody else has begun.
    cache.delete(own(KEY))
    assert third.is_held()


@pytest.mark.main
@pytest.mark.parametrize("before", ["", "stale"])
def test_of_many_processes_one_gets_the_lock(probe, before):
    counts = probe("recycle_lock.py", before, plugins=HEALTHY_WITH_US)["counts"]
    assert counts == [1] * len(counts)


def test_with_debug_it_is_said_that_it_cannot_be(replaced, settings):
    settings.DEBUG = True
    assert "DEBUG is True, so NetBox empties its cache" in ask().text
    assert replaced == []


@pytest.mark.parametrize("state", ["running", "succeeded"])
def test_what_ran_when_its_process_ended_has_failed(state):
    cache.set(own(LAST_KEY), REQUEST._replace(state=state).as_dict(), timeout=60)
    assert last_request().state == ("failed" if state == "running" else state)
    hold(ELSEWHERE)
    assert last_request().state == state


def test_without_a_cache_nobody_could_tell_when_a_worker_is_ready(replaced, monkeypatch):
    monkeypatch.setattr("django.core.cache.cache", NoCache())
    assert ask().text.startswith("NetBox's cache does not answer")
    assert last_request() is None


def test_without_a_server_there_is_nothing_to_replace(monkeypatch):
    monkeypatch.setattr(recycle_process, "masters", list)
    monkeypatch.setattr("netbox_plugin_reloader.recycle.replacing.announced", list)
    assert (ask().state, ask().state) == ("failed", "refused")
    assert last_request().text == f"No process of this host that serves NetBox is known.{which_instance()}"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "cannot be read: No such file"),
        ("no number\n", "holds 'no number', which is not a process id"),
        (str(2**22 + 1), "does not run, and is not the master of a worker"),
        (str(os.getpid()), "runs, but is not the master of a worker of this NetBox on this host. Known masters: none"),
    ],
)
def test_a_wrong_pid_file_is_named(tmp_path, content, problem):
    file = tmp_path / "server.pid"
    if content is not None:
        file.write_text(content)
    done = ask(pid_file=file)
    assert done.state == "failed"
    assert str(file) in done.text
    assert problem in done.text


def test_a_netbox_that_would_not_start_stops_it(replaced, monkeypatch):
    def fail():
        raise SyntaxError("invalid syntax (broken/urls.py, line 3)")

    monkeypatch.setattr(recycle_process, "preflight", fail)
    done = ask()
    assert done.state == "failed"
    assert "nothing was touched:\nSyntaxError: invalid syntax (broken/urls.py, line 3)" in done.text
    assert replaced == []


def test_an_error_of_ours_releases_the_lock(replaced, monkeypatch, caplog):
    monkeypatch.setattr(recycle_process, "plugin_versions", lambda: 1 / 0)
    done = ask()
    assert (done.state, done.text) == ("failed", "ZeroDivisionError: division by zero")
    assert holder() is None
    assert "Traceback" in caplog.text


@pytest.fixture
def interruptible():
    """Have SIGINT interrupt, which is ignored in what a shell starts in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
def test_an_interruption_leaves_nothing_behind(replaced, monkeypatch, number):
    handlers = [signal.getsignal(which) for which in (signal.SIGHUP, signal.SIGTERM)]
    monkeypatch.setattr(recycle_process.Recycle, "run", lambda self: os.kill(os.getpid(), number))
    with pytest.raises(KeyboardInterrupt):
        ask()
    assert (last_request().state, last_request().text) == ("failed", "interrupted")
    assert holder() is None
    assert [signal.getsignal(which) for which in (signal.SIGHUP, signal.SIGTERM)] == handlers


@pytest.mark.django_db
def test_the_preflight_passes_here():
    # The lab collects no static files.
    assert preflight.preflight().endswith(f"; run {management_command('collectstatic')}.")
    assert preflight.preflight(static_files=False) == ""


class SlowStorage(StaticFilesStorage):
    def exists(self, name):
        time.sleep(0.2)


class RaisingStorage(StaticFilesStorage):
    def path(self, name):
        raise SystemExit("the bucket is gone")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("storage", "problem"),
    [
        (SlowStorage, "their storage takes longer than 1 seconds."),
        (RaisingStorage, "SystemExit: the bucket is gone"),
        ("nowhere.Storage", "No module named 'nowhere'"),
    ],
)
def test_a_storage_that_does_not_tell_is_a_note(settings, monkeypatch, storage, problem):
    name = storage if isinstance(storage, str) else f"{__name__}.{storage.__name__}"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": name}}
    monkeypatch.setitem(sys.modules, __name__, sys.modules[SlowStorage.__module__])
    monkeypatch.setattr(static_files, "PATIENCE", 1.0)
    started = time.monotonic()
    note = static_files.note_on_static_files()
    assert note.startswith("Whether static files are collected is not known: ")
    assert problem in note
    assert time.monotonic() - started < 3


@pytest.mark.django_db
def test_the_preflight_names_migrations_that_are_not_applied(monkeypatch):
    from django.db.migrations.recorder import MigrationRecorder

    MigrationRecorder.Migration.objects.filter(app="extras").latest("name").delete()
    migrate = re.escape(management_command("migrate"))
    with pytest.raises(CommandError, match=rf"^Migrations are not applied: extras\.\d+.*{migrate}\.$"):
        preflight.preflight()


@pytest.mark.parametrize("summary", [None, "0 static files copied to '/static', 12 unmodified."])
def test_a_summary_without_a_number_is_no_file(monkeypatch, summary):
    monkeypatch.setattr(static_files, "call_command", lambda *arguments, **options: summary)
    assert static_files.note_on_static_files() == ""


@pytest.fixture
def threads(monkeypatch):
    """Have no thread be started by the recycle, and return what each would run."""
    found = []

    def thread(target, args, **options):
        return types.SimpleNamespace(start=lambda: found.append(lambda: target(*args)))

    monkeypatch.setattr(recycle_requests, "threading", types.SimpleNamespace(Thread=thread))
    return found


def test_from_a_page_another_process_does_it(monkeypatch, threads):
    started, status = [], 0
    monkeypatch.setattr(recycle_requests, "preflight_in_fresh_process", lambda: None)

    class Popen:
        def __init__(self, *command, **options):
            started.append((*command, options))

        def wait(self):
            return status

    monkeypatch.setattr(recycle_requests.subprocess, "Popen", Popen)
    asked = recycle_in_background("admin", "page", "192.0.2.1")
    assert last_request() == asked
    assert (asked.user, asked.source, asked.address, asked.host, asked.state) == (
        *("admin", "page", "192.0.2.1"),
        *(HERE, "running"),
    )
    with pytest.raises(RecycleRefused, match="Another recycle is running"):
        recycle_in_background("another", "page", "192.0.2.2")
    (run,) = threads
    # As if it could not even begin.
    status = 1
    run()
    with pytest.raises(RecycleRefused, match="ended less than"):
        recycle_in_background("another", "page", "192.0.2.2")
    ((command, options),) = started
    assert (last_request().state, last_request().text) == (
        "failed",
        "The process that replaced the workers ended with status 1. See NetBox's log.",
    )
    assert command[:5] == [sys.executable, "-m", "django", "plugin_reloader", "recycle"]
    assert command[6:] == ["--asked-by=admin", "--asked-from=page", "--asked-at=192.0.2.1"]
    assert json.loads(command[5].removeprefix("--asked-with="))["pid"] == os.getpid()
    assert options["start_new_session"] is True


def test_what_began_on_a_page_goes_on_in_the_other_process(replaced):
    asked = RecycleRequest("admin", "page", "192.0.2.1")
    lock = Lock(60)
    lock.take()
    done = recycle(asked, pid_file=None, seconds=5, say=print, token=lock.token)
    assert done.state == "succeeded"
    # Who finds the lock with somebody else says so where it was asked for.
    hold(ELSEWHERE)
    done = recycle(asked, pid_file=None, seconds=5, say=print, token=lock.token)
    assert (done.state, last_request()) == ("refused", done)


def fail(*arguments, **options):
    raise OSError(12, "Cannot allocate memory")


def test_a_thread_that_cannot_be_started_leaves_nothing_behind(monkeypatch, threads):
    error = RuntimeError("can't start new thread")
    monkeypatch.setattr(recycle_requests.threading, "Thread", mock.Mock(side_effect=error))
    with pytest.raises(RecycleRefused, match="The recycle could not begin: RuntimeError: can't start new thread"):
        recycle_in_background("admin", "page", "")
    assert last_request().state == "failed"
    assert holder() is None


@pytest.mark.parametrize("preflight", [fail, lambda: None], ids=["no interpreter", "no process"])
def test_a_process_that_cannot_be_started_leaves_nothing_behind(monkeypatch, threads, preflight):
    monkeypatch.setattr(recycle_requests, "preflight_in_fresh_process", preflight)
    monkeypatch.setattr(recycle_requests.subprocess, "Popen", fail)
    recycle_in_background("admin", "page", "")
    with pytest.raises(OSError, match="Cannot allocate memory"):
        threads[0]()
    assert "nothing was touched: OSError: [Errno 12] Cannot allocate memory" in last_request().text
    assert last_request().state == "failed"
    assert holder() is None


def test_from_a_page_it_is_told_why_netbox_would_not_start(monkeypatch, threads):
    failed = subprocess.CompletedProcess([], 1, stdout="", stderr="SyntaxError: invalid syntax\n")
    monkeypatch.setattr(fresh_process.subprocess, "run", lambda command, **options: failed)
    recycle_in_background("admin", "page", "")
    threads[0]()
    assert last_request().state == "failed"
    assert last_request().text.endswith("nothing was touched:\nSyntaxError: invalid syntax")


def test_from_a_page_it_is_refused_at_once(settings, caplog):
    settings.PLUGINS_CONFIG = {**settings.PLUGINS_CONFIG, OURS: {}}
    with pytest.raises(RecycleRefused, match="recycle_workers"):
        recycle_in_background("admin", "page", "192.0.2.1")
    assert "recycle asked for by admin (page at 192.0.2.1)" in caplog.text
    with pytest.raises(RecycleRefused):
        check_allowed()


def test_a_server_that_embeds_python_gives_its_own_path(monkeypatch):
    assert fresh_process.interpreter() == sys.executable
    monkeypatch.setattr(sys, "executable", "/usr/bin/uwsgi")
    assert Path(fresh_process.interpreter()) == Path(sys.prefix) / "bin" / "python"


def test_the_command_says_what_was_done_and_what_was_not_touched(replaced, monkeypatch):
    old = announcement(12, "netbox-2", server="rqworker", kind="worker")
    monkeypatch.setattr("netbox_plugin_reloader.management.commands.plugin_reloader.announced", lambda: [old])
    out = call("recycle")
    assert "2 workers replaced." in out
    assert "background workers, run sudo systemctl restart netbox-rq" in out
    assert "netbox-2  rqworker" in out


def test_the_command_fails_with_the_reason(replaced, monkeypatch):
    def fail(self):
        raise RecycleFailed("gunicorn, process 4711: it has ended.")

    monkeypatch.setattr(recycle_process.Recycle, "run", fail)
    with pytest.raises(CommandError, match="process 4711: it has ended"):
        call("recycle")


@pytest.mark.django_db
def test_the_preflight_is_a_command_too():
    out = call("preflight")
    assert "NetBox starts with what is on disk." in out
    assert f"run {management_command('collectstatic')}." in out
