"""A served NetBox whose plugins change under load; the figures of every phase stand at the end of pytest's output.

``asked_release()`` says which NetBox, TOX_PACKAGE names a built wheel of ours to use in place of the source, and
NETBOX_TEST_LOAD_SECONDS how long the load of each phase lasts at least. A test module defines ``server``.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.lab.lab import RELOADER
from tests.lab.not_run import open_or_skip
from tests.lab.source import asked_release
from tests.recycling.installation import Installation, address
from tests.recycling.measuring import under_load
from tests.recycling.phases import recycled

HERE = Path(__file__).parent
FRESH = "fresh_plugin"
ASKED = 30
"""How often a page that is gone is asked for, so that every worker is met."""
FIGURES = pytest.StashKey[list[str]]()

pytest.register_assert_rewrite("tests.recycling.contract")


def pytest_configure(config):
    config.stash[FIGURES] = []


def pytest_terminal_summary(terminalreporter, config):
    terminalreporter.section("what the visitors noticed")
    for line in config.stash[FIGURES]:
        terminalreporter.line(line)


@pytest.fixture(scope="session")
def seconds():
    return float(os.environ.get("NETBOX_TEST_LOAD_SECONDS") or 60)


@pytest.fixture(scope="session")
def plain_netbox():
    """Return the NetBox of all servers, with the PLUGINS that the lab was opened with."""
    package = os.environ.get("TOX_PACKAGE")
    with open_or_skip(
        asked_release(),
        plugins_config={RELOADER: {"recycle_workers": True}},
        requirements=HERE / "requirements.txt",
        configuration=HERE / "configuration.py",
        package=Path(package) if package else None,
    ) as netbox:
        yield netbox


@pytest.fixture(scope="session")
def visitor(plain_netbox):
    """Return the headers of requests of a superuser."""
    printed = plain_netbox.run(plain_netbox.inside("script", HERE / "prepare.py"), capture=True).stdout
    return json.loads(printed.splitlines()[-1])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("installation")


@pytest.fixture(scope="module")
def installation(folder):
    return Installation(folder)


@pytest.fixture(scope="module")
def netbox(plain_netbox, installation):
    """Return the NetBox that has this module's installation."""
    return installation.of(plain_netbox)


@pytest.fixture(scope="module")
def load(server, visitor, seconds, folder):
    """Return a function that puts the server under load while a block runs."""
    return lambda: under_load(server.address, visitor, seconds, folder)


@pytest.fixture(scope="module")
def note(request, pytestconfig):
    """Return a function that notes the figures of a phase."""
    where = request.module.__name__.rpartition("_")[2]
    return lambda what, figures: pytestconfig.stash[FIGURES].append(f"{where}, {what}: {figures}")


@pytest.fixture(scope="module")
def hang_up(server, load, note):
    """Return the figures of a plain SIGHUP, by which every server replaces its workers in its own way."""
    with load() as made:
        server.hang_up()
    note("SIGHUP", made.figures)
    return made.figures


@pytest.fixture(scope="module")
def installed(hang_up, server, load, note, installation):
    """Return the phase in which a plugin is installed and put into PLUGINS; the versions of all workers are seen."""

    def change():
        installation.install(FRESH, "1.0")
        installation.enable(FRESH)

    phase = recycled(server, load, change, look=lambda: server.answers(FRESH))
    note("recycle for a new plugin", phase.figures)
    return phase


@pytest.fixture(scope="module")
def upgraded(installed, server, load, note, installation):
    """Return the phase in which that plugin's code and version change; the versions of all workers are seen."""
    phase = recycled(server, load, lambda: installation.install(FRESH, "2.0"), look=lambda: server.answers(FRESH))
    note("recycle for a plugin's new version", phase.figures)
    return phase


@pytest.fixture(scope="module")
def removed(upgraded, server, load, note, installation):
    """Return the phase in which that plugin leaves PLUGINS; the statuses of its page are seen."""

    def look():
        return {server.ask(address(FRESH)).status for _ in range(ASKED)}

    phase = recycled(server, load, installation.enable, look)
    note("recycle for a plugin's removal", phase.figures)
    return phase
