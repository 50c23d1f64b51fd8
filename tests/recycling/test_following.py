"""What one process makes is known to all others: web processes of a real server, and jobs of a background worker."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from tests.lab.lab import RELOADER
from tests.lab.not_run import open_or_skip
from tests.lab.source import asked_release
from tests.recycling.installation import STEADY, Installation
from tests.recycling.serving import WORKERS, gunicorn, until

PLUGIN = "shared_models"
SETTLED = 6
"""By when a web process that looks at most once in five seconds looks at its next request, in seconds."""


@pytest.fixture(scope="module", params=[True, False], ids=["with us", "without us"])
def served(request, tmp_path_factory):
    """Return a server of three processes beside a background worker, and whether we are there."""
    package, folder = os.environ.get("TOX_PACKAGE"), tmp_path_factory.mktemp("server")
    with open_or_skip(
        asked_release(),
        plugins=(PLUGIN,),
        configuration=Path(__file__).with_name("configuration.py"),
        package=Path(package) if package else None,
    ) as opened:
        netbox = Installation(folder).of(opened)
        plugins = [STEADY, PLUGIN, *([RELOADER] if request.param else [])]
        Path(netbox.environ["NETBOX_RECYCLING_PLUGINS"]).write_text(json.dumps(plugins))
        with forgotten(netbox), background_worker(netbox), gunicorn(netbox, folder) as server:
            yield server, request.param


@contextlib.contextmanager
def forgotten(netbox):
    """Have what earlier runs described forgotten, with its tables."""
    script = Path(__file__).with_name("forget.py")
    netbox.run(netbox.inside("script", script))
    try:
        yield
    finally:
        netbox.run(netbox.inside("script", script))


@contextlib.contextmanager
def background_worker(netbox):
    process = subprocess.Popen(netbox.inside("manage", "rqworker", "high", "default", "low"), env=netbox.environ)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def ask(server, method, path):
    connection = http.client.HTTPConnection(server.address, timeout=60)
    with contextlib.closing(connection):
        connection.request(method, f"/plugins/shared-models/{path}", headers={"Connection": "close"})
        response = connection.getresponse()
        body = response.read()
    assert response.status == 200, body[:500]
    return json.loads(body)


def first_answers(server):
    """Return what each process of the server answers first."""
    found = {}
    for _ in until():
        answer = ask(server, "GET", "known/")
        found.setdefault(answer.pop("pid"), answer)
        if len(found) == WORKERS:
            return found
    raise AssertionError(f"only {len(found)} processes answered")


def test_a_model_made_in_one_process_is_known_to_all(served):
    server, with_us = served
    nothing = {"offered": [], "viewed": []}
    assert list(first_answers(server).values()) == [nothing] * WORKERS
    maker = ask(server, "POST", "make/alpha/")["pid"]
    time.sleep(SETTLED)
    everything = {"offered": ["alpha"], "viewed": ["alpha"]}
    found = first_answers(server)
    assert found.pop(maker) == everything
    known = [answer == everything for answer in found.values()]
    assert known == [with_us] * (WORKERS - 1), found


def test_a_job_knows_it_too(served):
    server, with_us = served
    job = ask(server, "POST", "jobs/")["job"]
    for _ in until():
        data = ask(server, "GET", f"jobs/{job}/")["data"]
        if data:
            break
    assert data["viewed"] == (["alpha"] if with_us else [])


def test_a_model_deleted_in_one_process_is_forgotten_by_all(served):
    server, with_us = served
    if not with_us:
        # The plugin calls us to tell of it.
        return
    ask(server, "POST", "delete/alpha/")
    time.sleep(SETTLED)
    assert list(first_answers(server).values()) == [{"offered": [], "viewed": []}] * WORKERS
