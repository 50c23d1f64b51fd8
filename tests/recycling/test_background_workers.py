"""Every kind of background worker follows before its next job, and announces itself and nobody else."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.lab.not_run import open_or_skip
from tests.lab.source import asked_release
from tests.recycling.test_following import forgotten

WORKERS = {
    "rqworker": [],
    "rqworker-pool": ["--num-workers", "2"],
    "rqworker, forks for no job": ["--worker-class", "rq.SimpleWorker"],
    "rqworker-pool, forks for no job": ["--num-workers", "2", "--worker-class", "rq.SimpleWorker"],
}
"""The management commands that run background workers; what NetBox's own class adds, rqworker uses from 4.6.5 on."""


@pytest.fixture(scope="module")
def netbox():
    package = os.environ.get("TOX_PACKAGE")
    with (
        open_or_skip(
            asked_release(),
            plugins=("shared_models",),
            package=Path(package) if package else None,
        ) as opened,
        forgotten(opened),
    ):
        yield opened


@pytest.mark.parametrize("kind", WORKERS)
def test_a_background_worker_follows_before_its_next_job(netbox, kind):
    command = netbox.inside("manage", kind.partition(",")[0], "high", "default", "low", *WORKERS[kind])
    with subprocess.Popen(command, env=netbox.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as worker:
        try:
            script = Path(__file__).with_name("jobs.py")
            printed = netbox.run(netbox.inside("script", script), capture=True).stdout
            children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(worker.pid)], capture_output=True, text=True)
        finally:
            # A pool asks its workers to end, and waits for them.
            worker.terminate()
            output = worker.communicate()[0].decode()
    found = json.loads(printed.splitlines()[-1])
    assert [job["viewed"] for job in found["before"]] == [[], []]
    assert [job["viewed"] for job in found["after"]] == [["alpha"]] * 5, output
    workers = {worker.pid} if "pool" not in kind else {*map(int, children.stdout.split())}
    announced = {pid: master for pid, master, generation in found["announced"] if generation}
    assert announced
    assert announced.keys() <= workers, output
    assert set(announced.values()) == ({os.getpid()} if "pool" not in kind else {worker.pid})
    if "forks" in kind:
        assert {job["pid"] for job in found["after"]} <= workers
    assert not re.search("Traceback|ERROR", output), output
