"""The contract suite runs inside a real NetBox that tests.lab prepared, with all plugins of tests/plugins."""

from __future__ import annotations

import json
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import netbox_plugin_reloader
from netbox_plugin_reloader.compat import SUPPORTED, running_version, select
from tests.netbox.serving import gunicorn

# A warning of ours is an error, in the processes that tests start as well. This filter takes whole module names only.
WARNINGS = ",".join(
    f"error:::{module.name}"
    for module in pkgutil.walk_packages(netbox_plugin_reloader.__path__, f"{netbox_plugin_reloader.__name__}.")
)
PROBES = Path(__file__).with_name("probes")


def pytest_addoption(parser):
    parser.addoption("--brief", action="store_true", help="start a process only in tests that are marked brief")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--brief"):
        left_out = [item for item in items if "run_probe" in item.fixturenames and not item.get_closest_marker("brief")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def django_db_setup():
    """The lab has built the tables already, and every test rolls back what it writes."""


@pytest.fixture(scope="session")
def strategy():
    return select(running_version())


@pytest.fixture(scope="session")
def line(strategy):
    return next(row for row in SUPPORTED if row.line == strategy.line)


@pytest.fixture(scope="session")
def environ_of():
    """Return a function that gives the variables of a NetBox process with ``plugins``."""

    def environ(plugins, plugins_config=None, **more):
        return {
            **os.environ,
            "NETBOX_LAB_PLUGINS": json.dumps(plugins),
            "NETBOX_LAB_PLUGINS_CONFIG": json.dumps(plugins_config or {}),
            "PYTHONWARNINGS": WARNINGS,
            **more,
        }

    return environ


@pytest.fixture
def served(tmp_path, environ_of):
    """Return a context manager that has gunicorn serve NetBox with ``plugins``, without a login; see `serving`."""
    configuration = tmp_path / "configuration.py"
    configuration.write_text("LOGIN_REQUIRED = False\n")

    def served(plugins, plugins_config=None, **environ):
        return gunicorn(
            environ_of(plugins, plugins_config, NETBOX_LAB_CONFIGURATION=str(configuration), **environ), tmp_path
        )

    return served


@pytest.fixture(scope="session")
def run_probe(environ_of):
    """Return a function that runs a script of tests/netbox/probes in a fresh process, and gives the finished process.

    A PLUGINS order can only be tested so, because NetBox's registry is global to a process.
    """

    def run(name, *arguments, plugins, plugins_config=None, **environ):
        return subprocess.run(
            [sys.executable, PROBES / name, *arguments],
            env=environ_of(plugins, plugins_config, **environ),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def probe(run_probe):
    """Return what a script of tests/netbox/probes finds in a fresh NetBox process.

    That is the JSON that it prints last, and under ``log`` the level and message of each line that we logged.
    """

    def probe(name, *arguments, **options):
        done = run_probe(name, *arguments, **options)
        assert done.returncode == 0, done.stdout + done.stderr
        log = re.findall(r"^([A-Z]+) netbox_plugin_reloader\S*: (.*)$", done.stderr, re.MULTILINE)
        return json.loads(done.stdout.splitlines()[-1]) | {"log": log}

    return probe
