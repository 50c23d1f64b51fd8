"""What holds for every server whose workers our command replaces under load.

A plugin is installed, upgraded and removed while visitors use NetBox; after each recycling all workers are new, as
many as before and of one mind, and no visitor noticed. With a plugin that would break NetBox nothing happens at all.

On a SIGHUP gunicorn ends the old workers while the new ones still load NetBox, so every visitor waits for that. granian
starts one new worker after another, and ends an old one a fixed time after the new one was started
(``--respawn-interval``, 3.5 seconds), ready or not. Each of its workers listens for itself, so when all old ones have
ended before the first new one has loaded NetBox, connections are refused. What a SIGHUP costs there is measured, and
not claimed: a machine that is fast enough loses nothing.
"""

from __future__ import annotations

import os

import pytest

from tests.recycling.installation import BROKEN, FRESH, address
from tests.recycling.measuring import recycled, under_load
from tests.recycling.serving import WORKERS, serving

ASKED = 30
"""How often a page that is gone is asked for, so that every worker is met."""

REASONS = {
    "syntax_error": "SyntaxError",
    "raises_on_import": "raised by raises_on_import",
    "pending_migration": "pending_migration.0001_initial",
}
"""What the refusal of each broken plugin says."""


@pytest.fixture(scope="module", params=["gunicorn", "granian"])
def server(request, netbox, folder):
    with serving(netbox, folder, request.param) as server:
        yield server


@pytest.fixture(scope="module")
def load(server, visitor):
    """Return a function that puts the server under load while a block runs."""
    seconds = float(os.environ.get("NETBOX_TEST_LOAD_SECONDS") or 60)
    return lambda: under_load(server.address, visitor, seconds)


@pytest.fixture(scope="module")
def hang_up(server, load, note):
    """Return the figures of a plain SIGHUP, by which every server replaces its workers in its own way."""
    with load() as made:
        server.hang_up()
    note(f"{server.kind}, SIGHUP: {made.figures}")
    return made.figures


@pytest.fixture(scope="module")
def phases(hang_up, server, load, note, installation):
    """Return the phases in which a plugin is installed, gets another code and version, and leaves PLUGINS."""

    def install():
        installation.install(FRESH, "1.0")
        installation.enable(FRESH)

    def versions():
        return server.answers(address(FRESH))

    def statuses():
        return {server.ask(address(FRESH)).status for _ in range(ASKED)}

    steps = {
        "installed": (install, versions),
        "upgraded": (lambda: installation.install(FRESH, "2.0"), versions),
        "removed": (installation.enable, statuses),
    }
    found = {}
    for name, (change, look) in steps.items():
        found[name] = recycled(server, load, change, look)
        note(f"{server.kind}, recycle after a plugin was {name}: {found[name].figures}")
    return found


@pytest.fixture(params=["installed", "upgraded", "removed"])
def phase(request, phases):
    return phases[request.param]


def test_the_command_succeeds(phase):
    assert phase.command.returncode == 0, phase.output


def test_no_request_is_lost(phase):
    assert phase.figures.requests > 0
    assert phase.figures.lost == {}


def test_every_worker_is_new_and_they_are_as_many_as_before(phase):
    assert len(phase.before) == len(phase.after) == WORKERS
    assert not phase.before & phase.after


@pytest.mark.parametrize(("name", "version"), [("installed", "1.0"), ("upgraded", "2.0")])
def test_every_worker_has_the_plugin_as_it_is_on_disk(phases, name, version):
    assert phases[name].seen == {pid: {"version": version} for pid in phases[name].after}


def test_no_worker_has_a_plugin_that_left(phases):
    assert phases["removed"].seen == {404}


@pytest.mark.parametrize("server", ["gunicorn"], indirect=True, scope="module")
def test_nobody_waits_as_with_a_sighup(hang_up, phases):
    assert hang_up.lost == {}
    assert phases["installed"].figures.longest <= hang_up.longest / 10


@pytest.mark.parametrize("name", BROKEN)
def test_a_plugin_that_would_break_netbox_is_refused(name, phases, server, load, note, installation):
    def change():
        installation.install(name, "1.0", BROKEN[name])
        installation.enable(name)

    try:
        phase = recycled(server, load, change, look=server.answers)
    finally:
        installation.enable()
    note(f"{server.kind}, recycle refused, {name}: {phase.figures}")
    assert phase.command.returncode == 1
    assert REASONS[name] in phase.output
    assert phase.after == phase.before
    assert phase.figures.lost == {}
