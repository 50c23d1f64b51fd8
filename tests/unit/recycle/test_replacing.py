"""Replacing workers, against a server and workers that are only told of: what goes wrong, and what is left then."""

from __future__ import annotations

import os
import signal
import sys
import time
import types

import pytest

from netbox_plugin_reloader.processes import host as processes
from netbox_plugin_reloader.processes import servers
from netbox_plugin_reloader.processes.announcements import Announcement
from netbox_plugin_reloader.recycle import replacing as recycling
from netbox_plugin_reloader.recycle.replacing import Master, Recycle, RecycleFailed, masters
from netbox_plugin_reloader.report import Process

HERE = "netbox-1"
PLUGINS = {"one": "1.0"}
MASTER = 100


def worker(pid, server="gunicorn", master=MASTER, host=HERE, kind="web", **values):
    values = {"netbox_version": "4.5.10", "plugins": PLUGINS, "master_identity": f"the {master}", **values}
    return Announcement(Process(host, pid, kind), server, master, 1, 1.0, **values)


class Host:
    """A host whose processes are told: who is whose child, and what a signal does."""

    def __init__(self):
        self.parents = {MASTER: 1, 11: MASTER, 12: MASTER}
        self.announced = [worker(11), worker(12)]
        self.signals = []
        self.on = {}
        self.lines = {}
        self.now = 0.0
        self.is_alone = True

    def identity(self, pid):
        return f"the {pid}" if pid in self.parents else ""

    def send_signal(self, pid, identity, number):
        if not identity or identity != self.identity(pid):
            raise ProcessLookupError(pid)
        self.signals.append((pid, signal.Signals(number).name))
        self.on.get((pid, number), self.on.get(number, lambda: None))()

    def start(self, pid, ready=True, **values):
        self.parents[pid] = MASTER
        if ready:
            self.announced.append(worker(pid, **values))

    def end(self, pid):
        del self.parents[pid]
        self.announced = [found for found in self.announced if found.process.pid != pid]

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def host(monkeypatch):
    host = Host()
    monkeypatch.setattr("socket.gethostname", lambda: HERE)
    monkeypatch.setattr(recycling, "announced", lambda: list(host.announced))
    monkeypatch.setattr(recycling, "parent_of", host.parents.get)
    monkeypatch.setattr(recycling, "is_running", lambda pid: pid in host.parents)
    monkeypatch.setattr(
        recycling, "children_of", lambda pid: {child for child, parent in host.parents.items() if parent == pid}
    )
    monkeypatch.setattr(recycling, "command_line", lambda pid: host.lines.get(pid, b"gunicorn\0netbox.wsgi\0"))
    monkeypatch.setattr(recycling, "identity_of", host.identity)
    monkeypatch.setattr(recycling, "send_signal", host.send_signal)
    monkeypatch.setattr("netbox_plugin_reloader.processes.announcements.place", lambda: "")
    monkeypatch.setattr(recycling.time, "monotonic", lambda: host.now)
    monkeypatch.setattr(recycling.time, "sleep", host.sleep)
    return host


def recycle(host, seconds=1000.0, say=None):
    said = []
    (master,) = masters()
    Recycle(master, "4.5.10", PLUGINS, host.now + seconds, say or said.append, lambda: host.is_alone).run()
    return said


def test_only_the_parents_of_announced_workers_are_servers(host):
    host.announced += [
        worker(13, master=200),
        worker(11, host="netbox-2", master=300),
        worker(12, kind="worker", server="rqworker"),
    ]
    assert masters() == [Master(MASTER, "gunicorn", (worker(11), worker(12)), "the 100")]
    assert str(masters()[0]) == "gunicorn, process 100"


def test_the_parent_of_a_gunicorn_that_loads_netbox_before_it_forks_is_no_server(host):
    host.lines = {MASTER: b"sh\0-c\0gunicorn netbox.wsgi\0"}
    assert masters() == []
    host.lines = {MASTER: b"gunicorn: master [x]", 11: b"gunicorn: worker [x]", 12: b"gunicorn: worker [x]"}
    assert [master.pid for master in masters()] == [MASTER]


def test_a_pid_file_names_one_of_several_servers(host, tmp_path):
    host.parents.update({200: 1, 31: 200})
    host.announced.append(worker(31, master=200))
    file = tmp_path / "server.pid"
    file.write_text("200\n")
    assert len(masters()) == 2
    assert recycling.master_of_pid_file(file).workers == (worker(31, master=200),)
    file.write_text("300\n")
    with pytest.raises(
        RecycleFailed, match=r"does not run.*Known masters: gunicorn, process 100, gunicorn, process 200\.$"
    ):
        recycling.master_of_pid_file(file)


@pytest.mark.parametrize("announced", [(11, 12), (11,)], ids=["all announced", "one forgotten"])
def test_gunicorn_gets_a_worker_more_before_each_one_less(host, announced):
    host.announced = [worker(pid) for pid in announced]
    new, old = iter((21, 22)), iter((11, 12))
    host.on = {signal.SIGTTIN: lambda: host.start(next(new)), signal.SIGTTOU: lambda: host.end(next(old))}
    said = recycle(host)
    assert host.signals == [(MASTER, "SIGTTIN"), (MASTER, "SIGTTOU")] * 2
    assert host.parents.keys() == {MASTER, 21, 22}
    assert said[-1] == "gunicorn, process 100: 2 workers replaced by 2"


def test_an_interruption_puts_the_new_worker_back(host):
    def interrupt():
        host.start(21, ready=False)
        recycling.time.sleep = interrupted

    def interrupted(seconds):
        raise KeyboardInterrupt

    host.on = {signal.SIGTTIN: interrupt, (21, signal.SIGTERM): lambda: host.end(21)}
    with pytest.raises(KeyboardInterrupt):
        recycle(host)
    assert 21 not in host.parents
    assert host.signals[-1] == (MASTER, "SIGTTOU")


def test_a_terminal_that_was_closed_leaves_no_worker_more(host):
    def closed(line):
        raise OSError(5, "Input/output error")

    host.on = {signal.SIGTTIN: lambda: host.start(21), (21, signal.SIGTERM): lambda: host.end(21)}
    with pytest.raises(OSError, match="Input/output error"):
        recycle(host, say=closed)
    assert host.signals[-1] == (MASTER, "SIGTTOU")
    assert host.parents.keys() == {MASTER, 11, 12}


def test_a_worker_that_crashes_meanwhile_is_replaced_by_gunicorn(host):
    def begin():
        host.end(12)
        host.start(31)
        host.start(21)

    host.on = {signal.SIGTTIN: begin, signal.SIGTTOU: lambda: host.end(11)}
    recycle(host)
    assert host.signals == [(MASTER, "SIGTTIN"), (MASTER, "SIGTTOU")]


@pytest.mark.parametrize(
    ("new", "problem"),
    [
        ({"ready": False}, "no new worker has announced itself after 120 seconds"),
        ({"plugins": {"one": "0.9"}}, "new worker 21 has other plugins than those .*preload"),
        ({"netbox_version": "4.5.9"}, r"new worker 21 has NetBox 4\.5\.9 instead of the 4\.5\.10 .*preload"),
        ({"preloaded": True}, "it loads NetBox before it forks"),
    ],
)
def test_a_new_worker_that_is_not_as_it_should_be_goes_and_the_old_ones_stay(host, new, problem):
    host.on = {signal.SIGTTIN: lambda: host.start(21, **new), (21, signal.SIGTERM): lambda: host.end(21)}
    with pytest.raises(RecycleFailed, match=problem):
        recycle(host)
    assert host.signals[1:] == [(MASTER, "SIGSTOP"), (21, "SIGTERM"), (MASTER, "SIGCONT"), (MASTER, "SIGTTOU")]
    assert host.parents.keys() == {MASTER, 11, 12}


def test_one_that_does_not_even_end_is_killed(host):
    host.on = {
        signal.SIGTTIN: lambda: host.start(21, ready=False),
        (21, signal.SIGKILL): lambda: host.end(21),
    }
    with pytest.raises(RecycleFailed, match="after 30 seconds"):
        recycle(host, seconds=30)
    assert (21, "SIGKILL") in host.signals
    assert host.signals[-2:] == [(MASTER, "SIGCONT"), (MASTER, "SIGTTOU")]


def test_who_has_lost_the_lock_orders_nothing(host, granian, tmp_path):
    host.is_alone = False
    for server in ("gunicorn", "granian", "uWSGI"):
        host.announced = [worker(pid, server, reload_file=str(tmp_path / "file")) for pid in (11, 12)]
        with pytest.raises(RecycleFailed, match="the lock in NetBox's cache was lost, so another recycle may run"):
            recycle(host)
    assert host.signals == []
    assert not (tmp_path / "file").exists()


@pytest.mark.parametrize(
    ("begin", "problem"),
    [
        (lambda host: host.start(21), "an old worker does not end after 1000 seconds"),
        (lambda host: host.end(MASTER), "process 100: it has ended"),
    ],
)
def test_what_does_not_end_and_what_does_is_named(host, begin, problem):
    host.on = {signal.SIGTTIN: lambda: begin(host)}
    with pytest.raises(RecycleFailed, match=problem):
        recycle(host)


def test_a_server_of_another_user_is_named(host, monkeypatch):
    def forbid(*arguments):
        raise PermissionError

    monkeypatch.setattr(recycling, "send_signal", forbid)
    with pytest.raises(RecycleFailed, match="belongs to another user, who has to run this: "):
        recycle(host)


def test_the_owner_of_a_process_may_have_no_name(monkeypatch, tmp_path):
    assert recycling._owner(os.getpid())
    monkeypatch.setattr(recycling, "PROCESSES", tmp_path)
    assert recycling._owner(1) == "unknown"


@pytest.fixture
def granian(host):
    """Have the server be a granian, that starts a new worker and ends an old one when it goes on; return its pairs."""
    pairs = [(11, 21), (12, 22)]
    host.announced = [worker(11, "granian"), worker(12, "granian")]

    def begin():
        if pairs:
            host.start(pairs[0][1], server="granian")

    def go_on():
        host.end(pairs.pop(0)[0])
        begin()

    host.on = {signal.SIGHUP: begin, signal.SIGCONT: go_on}
    return pairs


def test_granian_is_held_back_until_each_new_worker_is_warm(host, granian):
    said = recycle(host)
    assert host.signals == [(MASTER, "SIGHUP")] + [(MASTER, "SIGSTOP"), (MASTER, "SIGCONT")] * 2
    assert said[-1] == "granian, process 100: 2 workers replaced by 2"


def test_granian_goes_on_if_a_new_worker_is_never_ready(host, granian):
    host.on[signal.SIGHUP] = lambda: host.start(21, ready=False)
    with pytest.raises(RecycleFailed, match="no new worker has announced itself"):
        recycle(host)
    assert host.signals[-1] == (MASTER, "SIGCONT")


def test_uwsgi_is_asked_by_its_file(host, tmp_path):
    file = tmp_path / "reload"
    host.announced = [worker(pid, "uWSGI", reload_file=str(file)) for pid in (11, 12)]

    def respawn(seconds):
        assert file.exists()
        for old, new in ((11, 21), (12, 22)):
            if old in host.parents:
                host.end(old)
                host.start(new, server="uWSGI", reload_file=str(file))

    recycling.time.sleep = respawn
    recycle(host)


def test_a_file_of_uwsgi_that_leads_elsewhere_is_not_touched(host, tmp_path):
    file, other = tmp_path / "reload", tmp_path / "other"
    other.touch()
    os.utime(other, (1, 1))
    host.announced = [worker(pid, "uWSGI", reload_file=str(file)) for pid in (11, 12)]
    for target in (other, tmp_path / "missing"):
        file.symlink_to(target)
        with pytest.raises(RecycleFailed, match=r"reload cannot be touched: Too many levels of symbolic links\.$"):
            recycle(host)
        file.unlink()
    assert other.stat().st_mtime == 1
    assert not (tmp_path / "missing").exists()
    assert host.signals == []


@pytest.mark.parametrize(
    ("server", "values", "problem"),
    [
        ("runserver", {}, "cannot be replaced from here: .*Ctrl-C"),
        ("mod_wsgi", {}, "cannot be replaced from here: .*apache2"),
        ("unknown", {}, "cannot be replaced from here: .*systemctl restart netbox"),
        ("uWSGI", {}, "cannot be asked: set touch-chain-reload"),
        ("gunicorn", {"preloaded": True}, r"gunicorn, process 100: it loads NetBox before .* \(preload\)"),
    ],
)
def test_a_server_that_cannot_replace_its_workers_is_left_alone(host, server, values, problem):
    host.announced = [worker(11, server), worker(12, server, **values)]
    with pytest.raises(RecycleFailed, match=problem):
        recycle(host)
    assert host.signals == []


def test_each_server_is_known_by_a_module_of_its_own(monkeypatch):
    for module in servers.MODULES:
        monkeypatch.delitem(sys.modules, module, raising=False)
    assert servers.this_server() == "unknown"
    for module, server in servers.MODULES.items():
        with monkeypatch.context() as patched:
            patched.setitem(sys.modules, module, types.ModuleType(module))
            assert servers.this_server() == server
    monkeypatch.setattr(sys, "argv", ["manage.py", "runserver"])
    assert servers.this_server() == "runserver"


@pytest.mark.parametrize(
    ("options", "file"),
    [
        ({}, ""),
        ({"touch-chain-reload": b"/run/netbox.reload"}, "/run/netbox.reload"),
        ({b"touch-chain-reload": ["/run/netbox.reload", "/other"]}, "/run/netbox.reload"),
    ],
)
def test_uwsgis_option_names_the_file(monkeypatch, options, file):
    monkeypatch.setitem(sys.modules, "uwsgi", types.SimpleNamespace(opt=options))
    assert servers.chain_reload_file() == file


def test_no_uwsgi_no_file(monkeypatch):
    monkeypatch.delitem(sys.modules, "uwsgi", raising=False)
    assert servers.chain_reload_file() == ""


@pytest.mark.parametrize("error", [KeyError, OSError])
def test_a_user_may_have_no_name(monkeypatch, error):
    def nobody():
        raise error

    assert processes.user_name()
    monkeypatch.setattr(processes.getpass, "getuser", nobody)
    assert processes.user_name() == f"user {os.getuid()}"


def test_processes_are_read_from_the_host(monkeypatch, tmp_path):
    assert processes.parent_of(os.getpid()) == os.getppid()
    assert os.getpid() in processes.children_of(os.getppid())
    assert processes.is_running(os.getpid())
    child = os.fork()
    if not child:
        os._exit(0)
    deadline = time.monotonic() + 10
    while processes.is_running(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    # It has ended, and nobody has asked how yet.
    assert not processes.is_running(child)
    os.waitpid(child, 0)
    assert processes.parent_of(2**22 + 1) is None
    assert b"pytest" in processes.command_line(os.getpid())
    assert processes.command_line(2**22 + 1) == b""
    monkeypatch.setattr(processes, "PROCESSES", tmp_path / "nowhere")
    assert processes.is_running(2**22 + 1)


def test_a_server_that_loads_netbox_first_is_named_as_the_reason(host, tmp_path):
    # It is announced itself, and is the parent of processes of its own kind.
    host.announced = [worker(MASTER, master=1)]
    assert recycling.why_no_master().startswith(f"gunicorn, process {MASTER}: it loads NetBox before it forks")
    file = tmp_path / "pid"
    file.write_text(str(MASTER))
    with pytest.raises(RecycleFailed, match=r"^gunicorn, process 100: it loads NetBox before it forks"):
        recycling.master_of_pid_file(file)
    # One that is announced, and has no processes.
    host.parents = {MASTER: 1}
    assert recycling.why_no_master().startswith("No process of this host that serves NetBox is known.")
    with pytest.raises(RecycleFailed, match=r"^gunicorn, process 100: it loads NetBox before it forks"):
        recycling.master_of_pid_file(file)


def test_a_process_of_another_parent_is_not_ended(host):
    recycling._end(11, MASTER + 1)
    assert host.signals == []
