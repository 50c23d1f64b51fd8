"""A user asks for new workers by the REST API: the one who answers goes as well, and what was asked for is done."""

from __future__ import annotations

import pytest

from tests.recycling.installation import BROKEN, FRESH, address
from tests.recycling.serving import WORKERS, serving, until

PATH = "/api/plugins/plugin-reloader/recycle/"


@pytest.fixture(scope="module")
def server(netbox, folder):
    with serving(netbox, folder) as server:
        yield server


@pytest.fixture
def ask(server, visitor):
    """Return a function that asks the API, and gives the status and what was answered."""

    def ask(method):
        answer = server.ask(PATH, {"Authorization": visitor["authorization"]}, method)
        return answer.status, answer.content

    return ask


def ended(ask):
    """Return how the last recycling ended, once it has."""
    for _ in until():
        _, last = ask("GET")
        if last["state"] != "running":
            return last
    raise AssertionError("the recycling does not end")


def test_the_worker_that_is_asked_goes_too(server, ask, installation):
    before = server.workers()
    installation.install(FRESH, "1.0")
    installation.enable(FRESH)
    status, begun = ask("POST")
    assert (status, begun["user"], begun["source"], begun["state"]) == (202, "recycling", "REST API", "running")
    assert begun["address"] == "127.0.0.1"
    assert ask("POST")[0] == 409
    last = ended(ask)
    assert (last["state"], last["text"]) == ("succeeded", f"{WORKERS} workers replaced")
    after = server.workers()
    assert len(after) == WORKERS
    assert not after & before
    assert server.answers(address(FRESH)) == {pid: {"version": "1.0"} for pid in after}


def test_the_error_of_a_broken_plugin_is_told(server, ask, installation):
    before = server.workers()
    installation.install("syntax_error", "1.0", BROKEN["syntax_error"])
    installation.enable("syntax_error")
    try:
        for _ in until():
            status, _ = ask("POST")
            if status == 202:
                break
        last = ended(ask)
    finally:
        installation.enable()
    assert last["state"] == "failed"
    assert "nothing was touched" in last["text"]
    assert "SyntaxError" in last["text"]
    assert server.workers() == before
