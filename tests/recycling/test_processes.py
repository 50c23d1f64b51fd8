"""A real server's processes as our command sees them: in containers, with an emptied cache, two commands at once."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.recycling.serving import WORKERS, Server, children_of, plugin_reloader, recycle_command, serving, until

UNSHARE = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--mount-proc"]
ENTER = ["nsenter", "--user", "--preserve-credentials", "--mount", "--pid", "--target"]
EMPTY = "import os, redis; redis.from_url(os.environ['NETBOX_LAB_REDIS_URL'].rpartition('/')[0], db=1).flushdb()"
LOOKED = 6
"""When a web process that gets a request has looked, in seconds."""


@pytest.fixture
def containers():
    """Have this machine make pid namespaces, and enter them."""
    if not shutil.which("nsenter") or subprocess.run([*UNSHARE, "true"], capture_output=True).returncode:
        pytest.skip("BLOCKED: this machine does not let us make a pid namespace")


def reload(netbox, *arguments):
    """Return how the command ended, and its web processes by their ids, with their states."""
    done = plugin_reloader(netbox, "reload", "--json", *arguments)
    processes = json.loads(done.stdout[done.stdout.index("{") :])["processes"]
    return done, {process["pid"]: process["state"] for process in processes if process["kind"] == "web"}


@contextlib.contextmanager
def visited(server: Server):
    """Have every worker get requests while the body runs."""
    over = threading.Event()

    def visit():
        while not over.is_set():
            server.answers()

    visiting = threading.Thread(target=visit)
    visiting.start()
    try:
        yield
    finally:
        over.set()
        visiting.join()


def empty_cache(netbox):
    netbox.run([netbox.python, "-c", EMPTY])


@pytest.mark.usefixtures("containers")
def test_a_process_of_another_container_is_seen_and_not_touched(netbox, tmp_path):
    empty_cache(netbox)
    signals = tmp_path / "signals"
    with serving(netbox, tmp_path, container=UNSHARE) as server:
        # On a quiet NetBox: they follow before their next request, and are seen.
        done, seen = reload(netbox, "--wait", "20")
        assert (done.returncode, len(seen)) == (0, WORKERS), done.stderr
        # The containers of a pod number their processes alike: here is one whose parent is 1, too.
        command = [*UNSHARE, sys.executable, Path(__file__).with_name("stranger.py"), signals, *map(str, seen)]
        with subprocess.Popen(command) as stranger:
            try:
                for _ in until():
                    if signals.exists():
                        break
                (inside,) = children_of(stranger.pid)
                command = [*ENTER, str(inside), *recycle_command(netbox, tmp_path / "none", 5)[:-2]]
                entered = netbox.run(command, check=False, capture=True)
                assert entered.returncode == 1
                assert "No process of this host that serves NetBox is known." in entered.stderr
                assert signals.read_text() == "ready\n"
            finally:
                stranger.kill()
        # In its own container the server is found.
        time.sleep(LOOKED + 5)
        before = server.workers()
        done = netbox.run(
            [*ENTER, str(server.pid), *recycle_command(netbox, server.pid_file, 120)], check=False, capture=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert len(server.workers()) == WORKERS
        assert not server.workers() & before


def test_a_server_whose_cache_is_emptied_and_two_commands_at_once(netbox, tmp_path):
    empty_cache(netbox)
    with serving(netbox, tmp_path) as server:
        empty_cache(netbox)
        done, seen = reload(netbox, "--wait", "1")
        assert (done.returncode, seen) == (1, {})
        assert "No web process is known, so nobody can tell which have to follow." in done.stderr
        time.sleep(LOOKED)
        with visited(server):
            done, seen = reload(netbox, "--wait", "20")
        assert (done.returncode, seen) == (0, dict.fromkeys(server.workers(), "up to date")), done.stderr
        before = server.workers()
        command = recycle_command(netbox, server.pid_file, 120)
        both = [
            subprocess.Popen(command, env=netbox.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        ended = sorted((process.wait(), *process.communicate()) for process in both)
        assert [status for status, _, _ in ended] == [0, 1], ended
        assert "Another recycle" in ended[1][2], ended
        after = server.workers()
        assert len(after) == WORKERS
        assert not after & before


def test_with_debug_reload_works_and_recycle_says_that_it_cannot(netbox, tmp_path):
    debugging = netbox.with_environ(NETBOX_RECYCLING_DEBUG="1")
    with serving(debugging, tmp_path) as server:
        before = server.workers()
        command = server.recycle(5)
        assert command.returncode == 1
        assert "DEBUG is True, so NetBox empties its cache whenever a process starts" in command.stderr
        done, seen = reload(debugging, "--wait", "1")
        assert (done.returncode, seen) == (1, {})
        assert "DEBUG is True, so NetBox emptied its cache when this command started" in done.stderr
        with visited(server):
            done, seen = reload(debugging, "--wait", "30")
        assert (done.returncode, set(seen.values())) == (0, {"up to date"}), done.stderr
        assert seen.keys() <= before == server.workers()
