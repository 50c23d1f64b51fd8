"""A new worker that is never ready is ended, and gunicorn runs as many as before, even if recycle is killed."""

from __future__ import annotations

import subprocess
import time

import pytest

from tests.recycling.installation import STEADY, address
from tests.recycling.serving import WORKERS, plugin_reloader, recycle_command, serving, until

SECONDS = 15
AGAIN = 11
"""When the next one may be asked for, in seconds."""

# As a worker does that waits for something which never comes, before it has loaded NetBox.
HANG = """
import time
from pathlib import Path


def post_fork(server, worker):
    if Path({flag!r}).exists():
        time.sleep(1000)
"""


@pytest.mark.parametrize("killed", [True, False], ids=["recycle is killed", "recycle gives up"])
def test_the_workers_are_as_many_as_before(netbox, folder, killed):
    flag = folder / "hang"
    flag.unlink(missing_ok=True)
    with serving(netbox, folder, configuration=HANG.format(flag=str(flag))) as server:
        before = server.workers()
        flag.touch()
        command = recycle_command(netbox, server.pid_file, SECONDS)
        with subprocess.Popen(command, env=netbox.environ, stderr=subprocess.PIPE, text=True) as recycle:
            if killed:
                for _ in until():
                    if len(server.workers()) > WORKERS:
                        break
                recycle.kill()
            # Its guard has the same output, so that is waited for, too.
            _, said = recycle.communicate()
        if not killed:
            assert recycle.returncode == 1
            assert f"no new worker has announced itself after {SECONDS} seconds" in said
        # gunicorn would have started another one by then.
        time.sleep(3)
        for _ in until():
            after = server.workers()
            if len(after) <= WORKERS:
                break
        assert len(after) == WORKERS
        # Of gunicorn 25 and later one may have gone, and another one been started.
        assert len(after & before) >= WORKERS - 1
        assert server.ask(address(STEADY)).status == 200


def test_a_gunicorn_that_loads_netbox_before_it_forks_is_left_alone(netbox, folder):
    with serving(netbox, folder, configuration="preload_app = True") as server:
        before = server.workers()
        # What is on disk is the same as before: no version tells, and yet new workers would have the old configuration.
        for arguments in ([], ["--pid-file", server.pid_file]):
            command = plugin_reloader(netbox, "recycle", *arguments)
            assert command.returncode == 1
            assert f"gunicorn, process {server.pid}: it loads NetBox before it forks its workers" in command.stderr
            time.sleep(AGAIN)
        assert server.workers() == before
