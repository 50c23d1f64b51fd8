"""Processes hear of each other through NetBox's cache: who there is, and that something changed."""

from __future__ import annotations

import json
import os
import socket
import time
import types
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache
from django.core.management import CommandError
from django.db import transaction

from netbox_plugin_reloader import reload_plugins
from netbox_plugin_reloader.plugins import plugin_configs
from netbox_plugin_reloader.processes import announcements, generation, told_models
from netbox_plugin_reloader.processes import following as workers
from netbox_plugin_reloader.processes.announcements import announce, announced, plugin_versions, withdraw
from netbox_plugin_reloader.processes.cache import ask, own
from netbox_plugin_reloader.processes.generation import current_generation, raise_generation
from netbox_plugin_reloader.repair.reload_pass import run_reload_pass
from netbox_plugin_reloader.report import Process
from netbox_plugin_reloader.startup import background_worker, on_request, passes
from tests.netbox.examples import NoCache, announcement, call

HERE = socket.gethostname()


@pytest.fixture(autouse=True)
def forget(monkeypatch):
    """Have the cache know nothing of us, before and after; and this be no web process, as other tests make it."""
    monkeypatch.setattr(workers, "_run_pass", None)
    keys = [own(generation.KEY), own(f"{announcements.KEY}*")]
    for key in keys:
        cache.delete_pattern(key)
    yield
    monkeypatch.undo()
    for key in keys:
        cache.delete_pattern(key)


@pytest.fixture
def no_cache(monkeypatch):
    ask(lambda cache: cache.get("anything"), None)
    monkeypatch.setattr("django.core.cache.cache", NoCache())


@pytest.fixture
def follower(monkeypatch):
    """Make this a web process that has followed what there is, and return the list of its passes."""
    passes = []
    connected = []
    monkeypatch.setattr(workers.request_started, "connect", lambda *args, **options: connected.append(options))
    monkeypatch.setattr(workers.atexit, "register", connected.append)
    for name in ("_announced", "_followed", "_is_known", "_next_announcement", "_next_look", "_run_pass"):
        monkeypatch.setattr(workers, name, getattr(workers, name))
    workers.follow_in_web_process(current_generation(), lambda: passes.append(current_generation()))
    assert len(connected) == 2
    return passes


def look_later(monkeypatch):
    """Have time pass until this process looks again, and look."""
    monkeypatch.setattr(workers, "_next_look", workers._next_look - workers.INTERVAL)
    workers._look()


def listed(*, kind=None, pid=None):
    """Return the announced processes of this kind, or with this id."""
    return [found for found in announced() if kind in (None, found.process.kind) and pid in (None, found.process.pid)]


def test_the_generation_rises():
    assert current_generation() is None
    begun = time.time()
    first = raise_generation()
    assert current_generation() == first
    assert begun <= generation.raised_at(first).timestamp() <= time.time()
    assert first < raise_generation()


@pytest.mark.parametrize("hours", [-1, 1])
def test_the_generation_is_when_it_was_raised_whatever_was_before(hours):
    before = time.time_ns() // 1000 + hours * 3_600_000_000
    cache.set(own(generation.KEY), before, timeout=None)
    begun = time.time_ns() // 1000
    raised = raise_generation()
    assert raised == before + 1 if hours > 0 else begun <= raised <= time.time_ns() // 1000


@pytest.mark.parametrize("number", [None, 2**62])
def test_a_generation_that_is_no_time_was_never_raised(number):
    assert generation.raised_at(number) is None


def test_no_two_raise_the_same_generation():
    with ThreadPoolExecutor(8) as pool:
        raised = list(pool.map(lambda _: raise_generation(), range(40)))
    assert len(set(raised)) == 40
    assert current_generation() == max(raised)


def test_a_cache_that_is_away_means_no_news_and_one_line(no_cache, caplog):
    assert current_generation() is None
    assert raise_generation() is None
    announce(1)
    withdraw()
    assert listed(kind="web") == []
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "ConnectionError: nobody there" in caplog.text


@pytest.mark.django_db(transaction=False)
def test_a_transaction_is_heard_of_when_it_is_committed(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks, transaction.atomic():
        reload_plugins()
    assert current_generation() is None
    (callback,) = callbacks
    callback()
    assert current_generation() is not None


def test_outside_a_transaction_it_is_heard_of_at_once():
    reload_plugins()
    assert current_generation() is not None


def test_whoever_starts_raises_nothing(monkeypatch):
    monkeypatch.setattr("django.apps.apps.ready", False)
    reload_plugins()
    assert current_generation() is None


def test_a_web_process_follows_once_and_not_too_often(follower, monkeypatch):
    raised = raise_generation()
    workers._look()
    assert follower == []
    look_later(monkeypatch)
    assert follower == [raised]
    look_later(monkeypatch)
    assert follower == [raised]
    (mine,) = listed(pid=os.getpid())
    assert mine.generation == raised


def test_a_process_says_again_that_it_is_there_now_and_then_and_when_it_was_forked(follower, monkeypatch):
    said, announce = [], workers.announce
    monkeypatch.setattr(workers, "announce", lambda generation: said.append(generation) or announce(generation))
    look_later(monkeypatch)
    assert said == []
    monkeypatch.setattr(workers, "_next_announcement", time.monotonic())
    look_later(monkeypatch)
    assert said == [None]
    assert [process.process.pid for process in listed(kind="web")] == [os.getpid()]
    child = os.fork()
    if not child:
        # At its first request, and not seconds later.
        workers._look()
        workers._look()
        (mine,) = listed(kind="web")
        os._exit(0 if (said, mine.process.pid, mine.preloaded) == ([None, None], os.getpid(), True) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    # It took the place of the one that was prepared.
    assert [process.process.pid for process in listed(kind="web")] == []


def test_a_cache_that_was_emptied_is_news(follower, told, monkeypatch):
    raise_generation()
    look_later(monkeypatch)
    elsewhere(["fine"])
    raise_generation()
    # All of it is lost before this process looks, as by FLUSHDB.
    cache.delete_pattern(own("*"))
    look_later(monkeypatch)
    assert len(follower) == 2
    assert [process.process.pid for process in listed(kind="web")] == [os.getpid()]
    # What plugins told of may be lost with it.
    assert [plugin.label for plugin in told_models.told_of()] == ["broken", "fine"]
    look_later(monkeypatch)
    assert len(follower) == 2


def test_who_runs_the_pass_is_not_idle(follower, monkeypatch):
    seen = []
    monkeypatch.setattr(workers, "SETTLED", 0.0)
    monkeypatch.setattr(workers, "_run_pass", lambda: seen.append(workers.wait_for(raised, 0)))
    raised = raise_generation()
    assert [process.pid for process in workers.wait_for(raised, 1).idle] == [os.getpid()]
    look_later(monkeypatch)
    (waited,) = seen
    assert ([process.pid for process in waited.busy], waited.idle) == ([os.getpid()], [])
    assert workers.wait_for(raised, 1)[1:] == ([], [])


def test_who_comes_while_another_looks_does_not_wait(follower, monkeypatch):
    raise_generation()
    with workers._looking:
        look_later(monkeypatch)
    assert follower == []


def test_what_is_no_web_process_has_nothing_to_follow(monkeypatch):
    with workers.following(raise_generation()) as is_web_process:
        assert is_web_process is False
    assert listed(pid=os.getpid()) == []
    monkeypatch.setattr(workers, "_next_look", 0.0)
    workers._look()


@pytest.mark.django_db
def test_a_web_process_that_runs_a_pass_for_all_has_followed_itself(follower, monkeypatch):
    made = []

    def run_pass(*arguments):
        made.append(current_generation())
        return run_reload_pass()

    monkeypatch.setattr(on_request, "follow_plugins", run_pass)
    report, raised = on_request.run_everywhere("this test")
    assert report == on_request.complete_report()
    # One pass, and not before the others are told: what they told until then is in it.
    assert made == [raised]
    look_later(monkeypatch)
    assert follower == []
    (mine,) = listed(pid=os.getpid())
    assert mine.generation == raised


@pytest.fixture
def worker(monkeypatch):
    """Make this a background worker that has just started, and return the list of its passes."""
    followed = []
    monkeypatch.setattr("netbox_plugin_reloader.processes.host._runs_jobs", False)
    monkeypatch.setattr("netbox_plugin_reloader.processes.host._serves_requests", False)
    monkeypatch.setattr(background_worker, "_followed_urlconf", 0)
    monkeypatch.setattr(passes, "run_pass", lambda occasion: None)
    for name, value in {"_announced": 0, "_followed": None, "_is_known": False, "_next_announcement": 0.0}.items():
        monkeypatch.setattr(workers, name, value)
    monkeypatch.setattr(passes, "follow", lambda: followed.append(current_generation()))
    return followed


def test_a_background_worker_follows_once(worker):
    background_worker._look()
    assert worker == []
    raised = raise_generation()
    background_worker._look()
    background_worker._look()
    assert worker == [raised]
    (told,) = listed(kind="worker")
    assert (told.process.pid, told.server, told.generation) == (os.getpid(), "rqworker", raised)
    assert not told.is_behind(raised + 1)


def test_a_background_worker_looks_once_before_a_job(worker, monkeypatch):
    raise_generation()
    background_worker._look()
    looks = []

    def look(question, otherwise):
        looks.append(1)
        return ask(question, otherwise)

    monkeypatch.setattr(workers, "ask", look)
    monkeypatch.setattr(announcements, "ask", look)
    background_worker._look()
    assert looks == [1]


def test_whatever_a_look_raises_the_job_begins(monkeypatch, caplog):
    monkeypatch.setattr(background_worker, "_follow_if_behind", lambda: 1 / 0)
    performed = background_worker._looking_first(lambda worker, job: job)
    assert performed(types.SimpleNamespace(_is_horse=False), "job") == "job"
    assert "could not check whether something changed; it goes on with its job" in caplog.text
    caplog.clear()
    # Its parent has looked.
    assert performed(types.SimpleNamespace(_is_horse=True), "job") == "job"
    assert caplog.records == []


def test_a_background_worker_keeps_what_it_knows_while_the_cache_is_away(worker, monkeypatch):
    raised = raise_generation()
    background_worker._look()
    with monkeypatch.context() as away:
        away.setattr("django.core.cache.cache", NoCache())
        background_worker._look()
    background_worker._look()
    assert worker == [raised]


def test_a_process_announces_itself_until_it_withdraws(monkeypatch):
    # Other tests have announced it before.
    monkeypatch.setattr(announcements, "_started", {})
    before = time.time()
    announce(5)
    (mine,) = listed(pid=os.getpid())
    assert mine.process.host == HERE
    assert mine.master == os.getppid()
    assert mine.plugins == plugin_versions()
    assert before <= mine.started <= time.time()
    assert mine.with_state(5)["state"] == "up to date"
    json.dumps(mine.with_state(5))
    # A process that is killed does not withdraw.
    assert 0 < cache.ttl(announcements._key(mine.process)) <= announcements.EXPIRY
    withdraw()
    assert listed(pid=os.getpid()) == []


def test_only_the_living_count():
    gone = 2**22 + 1
    reused = announcement(os.getppid(), HERE, birth=1)
    told = (announcement(gone, HERE), announcement(gone, "elsewhere"), announcement(host=HERE), reused)
    for process in told:
        cache.set(announcements._key(process.process), process.as_dict(), timeout=60)
    # Another container of this host: which of its processes live, only that knows.
    container = announcement(gone, HERE, place="another")
    cache.set(own(f"{announcements.KEY}another"), container.as_dict(), timeout=60)
    found = {(process.process.host, process.place, process.process.pid) for process in announced()}
    assert found == {("elsewhere", "", gone), (HERE, "another", gone), (HERE, announcements.place(), os.getpid())}


def test_a_background_worker_that_has_run_no_job_is_known_to_rq(monkeypatch, caplog):
    from datetime import datetime

    import rq

    idle = types.SimpleNamespace(hostname="netbox-2", pid=12, birth_date=datetime(2026, 1, 1))
    nameless = types.SimpleNamespace(hostname=None, pid=None, birth_date=None)
    monkeypatch.setattr(rq.Worker, "all", lambda connection: [idle, nameless])
    (worker,) = [process for process in announced() if process.process.host == "netbox-2"]
    assert (worker.process, worker.started) == (Process("netbox-2", 12, "worker"), 1767225600)
    assert worker.state(7) == "unknown"
    monkeypatch.setattr(rq.Worker, "all", lambda connection: 1 / 0)
    caplog.set_level("INFO", announcements.__name__)
    assert [process for process in announced() if process.process.host == "netbox-2"] == []
    assert "RQ's background workers cannot be listed: ZeroDivisionError" in caplog.text


def test_a_process_is_behind_or_other_or_up_to_date():
    here = plugin_versions()
    assert announcement(generation=None, plugins=here).state(None) == "up to date"
    assert announcement(generation=None, plugins=here).state(1) == "behind"
    assert announcement(generation=1, plugins=here).state(1) == "up to date"
    assert announcement(generation=1, plugins={**here, "another": "1.0"}).state(1) == "other plugins"


def test_a_process_that_runs_another_netbox_says_so(monkeypatch):
    here = {"generation": 1, "plugins": plugin_versions()}
    assert announcement(netbox_version="4.1.0", **here).state(1) == "other NetBox"
    # A pass does not cure that.
    assert announcement(netbox_version="4.1.0", **here).state(2) == "other NetBox"
    # NetBox was upgraded, and the process that asks is as old as the others: only the disk knows.
    monkeypatch.setattr(announcements, "installed_version", lambda: "4.99.0")
    assert announcement(**here).state(1) == "other NetBox"
    assert announcement(netbox_version="4.99.0", **here).state(1) == "up to date"
    monkeypatch.setattr(announcements, "installed_version", lambda: "")
    assert announcement(**here).state(1) == "unknown"


@pytest.fixture
def told(monkeypatch):
    """Return two plugins that follow models, one that does not, and who was asked; all are forgotten afterwards."""
    asked = []

    class Plain(plugin_configs()[0].__class__):
        def __init__(self, label):
            self.name = self.label = label

        def get_models(self):
            asked.append(f"{self.label}: unasked")

    class Following(Plain):
        def follow_models(self):
            asked.append(self.label)
            return [] if self.label == "fine" else 1 / 0

    plugins = [Plain("plain"), Following("broken"), Following("fine")]
    monkeypatch.setattr(told_models, "plugin_configs", lambda: plugins)
    monkeypatch.setattr(told_models, "_known", {})
    yield asked
    cache.delete_many([own(f"{told_models.KEY}{plugin.label}") for plugin in plugins])


def elsewhere(app_labels):
    """Tell of models as another process does."""
    here = dict(told_models._known)
    told_models.tell(app_labels)
    told_models._known.clear()
    told_models._known.update(here)


def test_only_a_plugin_that_told_of_models_and_follows_them_is_asked(told, caplog):
    assert told_models.models_to_follow() == ([], [])
    elsewhere(["plain", "fine"])
    assert told_models.models_to_follow() == ([], ["fine"])
    elsewhere(["broken"])
    assert told_models.models_to_follow() == ([], [])
    assert told_models.models_to_follow() == ([], [])
    assert told == ["fine", "broken"]
    assert "broken: its models could not be made by follow_models()" in caplog.text


def test_who_told_and_who_starts_has_nothing_to_follow(told):
    told_models.tell(["fine"])
    assert told_models.models_to_follow() == ([], [])
    elsewhere(["fine"])
    told_models.note_what_is_told()
    assert told_models.models_to_follow() == ([], [])
    assert told == []


@pytest.mark.django_db
def test_the_command_lists_who_has_to_follow(monkeypatch, settings):
    assert "No process that serves NetBox is known." in call("reload")
    # Who sees nobody cannot tell.
    with pytest.raises(CommandError, match=r"^No web process is known, so nobody can tell which have to follow\.$"):
        call("reload", "--wait", "1")
    settings.DEBUG = True
    with pytest.raises(CommandError, match=r"nobody can tell .* DEBUG is True, so NetBox emptied its cache"):
        call("reload", "--wait", "1")
    assert "a web process is known again after its next request" in call("reload")
    settings.DEBUG = False
    process = announcement(77, "netbox-1", plugins=plugin_versions())
    cache.set(announcements._key(process.process), process.as_dict(), timeout=60)
    out = call("reload")
    assert "netbox-1  gunicorn  web" in out
    assert "behind" in out
    assert "Installed: NetBox " in out
    assert "But 77 on netbox-1" not in out
    assert f"netbox_plugin_reloader {plugin_versions()['netbox_plugin_reloader']}" in out
    with pytest.raises(CommandError, match=r"^Not followed within 1 seconds: 1\."):
        call("reload", "--wait", "1")
    monkeypatch.setattr(workers, "SETTLED", 0.0)
    assert "Idle, will follow before the next request: 1 process." in call("reload", "--wait", "1")
    found = json.loads(call("reload", "--json"))
    assert found["generation"] == current_generation()
    assert [(process["pid"], process["state"]) for process in found["processes"]] == [(77, "behind")]
    assert found["report"]["format"] == 1


@pytest.mark.django_db
def test_the_command_says_that_nobody_hears_of_it(no_cache):
    with pytest.raises(CommandError, match="no other process hears of this"):
        call("reload")


@pytest.mark.parametrize("value", ["-1", "nan", "inf", "soon"])
def test_a_wait_that_is_no_time_is_named(value):
    with pytest.raises(CommandError, match=f"--wait: invalid seconds value: '{value}'"):
        call("reload", f"--wait={value}")


def test_a_background_worker_that_has_announced_itself_is_listed_once(monkeypatch):
    process = Process(HERE, os.getpid(), "worker")
    monkeypatch.setattr(announcements, "this_process", lambda: process)
    assert announce(1)
    monkeypatch.setattr(announcements, "_background_workers", lambda: [(process, 5.0)])
    (found,) = [one for one in announced() if one.process == process]
    assert (found.started, found.generation) == (5.0, 1)


def test_a_process_that_was_forked_takes_the_place_of_the_one_before(monkeypatch):
    withdrawn = []
    monkeypatch.setattr(workers, "withdraw", withdrawn.append)
    for name in ("_is_known", "_next_announcement"):
        monkeypatch.setattr(workers, name, getattr(workers, name))
    monkeypatch.setattr(workers, "_announced", 4711)
    workers._announce()
    assert withdrawn == [4711]
    assert workers._announced == os.getpid()


def test_without_a_pass_there_is_no_report(monkeypatch):
    monkeypatch.setattr(on_request, "complete_report", lambda: None)
    assert on_request.current_report() is None
