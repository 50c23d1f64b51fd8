"""Every kind of background worker follows before its next job, and announces itself and nobody else."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.recycling.serving import children_of

WORKERS = {
    "rqworker": [],
    "rqworker-pool": ["--num-workers", "2"],
    "rqworker, forks for no job": ["--worker-class", "rq.SimpleWorker"],
    "rqworker-pool, forks for no job": ["--num-workers", "2", "--worker-class", "rq.SimpleWorker"],
}
"""The management commands that run background workers; what NetBox's own class adds, rqworker uses from 4.6.5 on."""


@pytest.mark.usefixtures("shared_models")
@pytest.mark.parametrize("kind", WORKERS)
def test_a_background_worker_follows_before_its_next_job(netbox, kind):
    command = netbox.inside("manage", kind.partition(",")[0], "high", "default", "low", *WORKERS[kind])
    with subprocess.Popen(command, env=netbox.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as worker:
        try:
            script = Path(__file__).with_name("jobs.py")
            printed = netbox.run(netbox.inside("script", script), capture=True).stdout
            children = children_of(worker.pid)
        finally:
            # A pool asks its workers to end, and waits for them.
            worker.terminate()
            output = worker.communicate()[0].decode()
    found = json.loads(printed.splitlines()[-1])
    assert [job["viewed"] for job in found["before"]] == [[], []]
    assert [job["viewed"] for job in found["after"]] == [["alpha"]] * 5, output
    workers, master = (children, worker.pid) if "pool" in kind else ({worker.pid}, os.getpid())
    announced = {pid: parent for pid, parent, generation in found["announced"] if generation}
    assert announced
    assert announced.keys() <= workers, output
    assert set(announced.values()) == {master}
    if "forks" in kind:
        assert {job["pid"] for job in found["after"]} <= workers
    assert not re.search("Traceback|ERROR", output), output
