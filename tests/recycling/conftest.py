"""A served NetBox whose plugins can change; the figures of every phase stand at the end of pytest's output.

``asked_release()`` says which NetBox, TOX_PACKAGE names a built wheel of ours to use in place of the source, and
NETBOX_TEST_LOAD_SECONDS how long the load of each phase lasts at least.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.lab.lab import RELOADER
from tests.lab.not_run import open_or_skip
from tests.lab.source import asked_release
from tests.recycling.installation import SHARED_MODELS, Installation

HERE = Path(__file__).parent
FIGURES = pytest.StashKey[list[str]]()


def pytest_configure(config):
    config.stash[FIGURES] = []


def pytest_terminal_summary(terminalreporter, config):
    terminalreporter.section("what the visitors noticed")
    for line in config.stash[FIGURES]:
        terminalreporter.line(line)


@pytest.fixture(scope="session")
def plain_netbox():
    """Return the NetBox of all servers, with the tables of all plugins."""
    with open_or_skip(
        asked_release(),
        plugins=(SHARED_MODELS,),
        plugins_config={RELOADER: {"recycle_workers": True}},
        requirements=HERE / "requirements.txt",
        configuration=HERE / "configuration.py",
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
def shared_models(netbox, installation):
    """Have that plugin in PLUGINS, and the models that earlier runs described forgotten, with their tables."""
    installation.enable(SHARED_MODELS)
    command = netbox.inside("script", HERE / "forget.py")
    netbox.run(command)
    yield
    netbox.run(command)


@pytest.fixture(scope="session")
def note(pytestconfig):
    """Return a function that notes the figures of a phase."""
    return pytestconfig.stash[FIGURES].append
