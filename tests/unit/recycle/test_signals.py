"""Signals go only to the process that was announced; and one that was stopped goes on whatever happens to us."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from netbox_plugin_reloader.processes import host
from netbox_plugin_reloader.recycle import replacing
from netbox_plugin_reloader.recycle.replacing import Master, Recycle, RecycleFailed

PATIENCE = 20


@pytest.fixture
def server():
    """Return a process that may be stopped, of which nobody but this test knows."""
    with subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        until(lambda: host.command_line(process.pid) == f"{sys.executable}\0-c\0input()\0".encode())
        yield process.pid
        process.send_signal(signal.SIGCONT)


def state(pid):
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def recycle(pid, identity):
    return Recycle(Master(pid, "granian", (), identity), "4.7.3", {}, 0.0, print, lambda: True)


@pytest.mark.parametrize("pidfd", [True, False])
def test_only_the_process_that_was_announced_gets_a_signal(server, monkeypatch, pidfd):
    if not pidfd:
        # As in a sandbox that forbids it, and in Python for old systems.
        monkeypatch.delattr(os, "pidfd_open")
    identity = host.identity_of(server)
    birth, _, line = identity.partition(".")
    for other in ("", f"{int(birth) + 1}.{line}", f"{birth}.0123456789abcdef"):
        with pytest.raises(RecycleFailed, match="it has ended"):
            recycle(server, other).signal(signal.SIGSTOP)
    assert state(server) != "T"
    recycle(server, identity).signal(signal.SIGSTOP)
    until(lambda: state(server) == "T")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_server_that_was_stopped_goes_on_though_we_are_killed(server, number):
    ours = os.fork()
    if not ours:
        try:
            with recycle(server, host.identity_of(server)).stopped():
                time.sleep(PATIENCE)
        finally:
            os._exit(1)
    until(lambda: state(server) == "T")
    # A terminal that is closed, and systemd, mean the whole group.
    os.kill(ours, number)
    os.waitpid(ours, 0)
    until(lambda: state(server) != "T")


def test_a_server_is_not_stopped_if_nothing_could_have_it_go_on(server, monkeypatch):
    def no_memory():
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", no_memory)
    with (
        pytest.raises(RecycleFailed, match="no process could be started: Resource temporarily unavailable"),
        recycle(server, host.identity_of(server)).stopped(),
    ):
        raise AssertionError
    assert state(server) != "T"


PLACES = f"""
import os, runpy
runpy.run_path({str(Path(__file__).parents[1] / "conftest.py")!r})
from netbox_plugin_reloader.processes import host
print(os.getpid(), host.place() or "-")
"""


@pytest.mark.parametrize("mounted", [True, False], ids=["with its own /proc", "with the /proc of another"])
def test_another_pid_namespace_is_another_place(mounted):
    unshare = ["unshare", "--user", "--map-root-user", "--pid", "--fork", *(["--mount-proc"] if mounted else [])]
    if not shutil.which("unshare") or subprocess.run([*unshare, "true"], capture_output=True).returncode:
        pytest.skip("BLOCKED: this machine does not let us make a pid namespace")
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [*unshare, sys.executable, "-c", PLACES]
    pid, place = subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout.split()
    assert pid == "1"
    # The /proc of another tells nothing of our own processes.
    assert (place == "-") is not mounted
    assert place != host.place()
    assert host.place()


@pytest.mark.parametrize(
    ("told", "undone"),
    [([], []), ([replacing.ARMED], ["undone"]), ([replacing.ARMED, replacing.DISARMED], [])],
    ids=["never armed", "armed", "armed once"],
)
def test_the_guard_undoes_only_while_it_is_armed_and_ends_as_nothing_else_does(monkeypatch, told, undone):
    """What it does runs in a process of its own; here in this one, to see each step."""
    done = []
    monkeypatch.setattr(os, "setsid", lambda: done.append("session"))
    monkeypatch.setattr(os, "_exit", done.append)
    monkeypatch.setattr(signal, "signal", lambda number, handler: done.append((number.name, handler)))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for state in told:
            ours.send(state)
        ours.shutdown(socket.SHUT_WR)
        replacing._guard(socket.socket(), theirs, lambda: done.append("undone"))
        assert ours.recv(1) == b"1"
    ignored = [(name, signal.SIG_IGN) for name in ("SIGHUP", "SIGINT", "SIGTERM")]
    assert done == ["session", *ignored, *undone, 0]


def test_a_process_that_is_gone_is_not_held():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    with pytest.raises(ProcessLookupError):
        host.send_signal(process.pid, "any", signal.SIGCONT)


def test_where_processes_are_not_shown_nobody_knows_where_their_ids_are_valid(tmp_path, monkeypatch):
    assert "." in host.place()
    monkeypatch.setattr(host, "PROCESSES", tmp_path)
    assert host.place() == ""
    (tmp_path / "self").symlink_to(str(os.getpid()))
    assert host.place() == ""
    (tmp_path / "sys/kernel/random").mkdir(parents=True)
    (tmp_path / "sys/kernel/random/boot_id").write_text("boot\n")
    assert host.place() == "boot"
