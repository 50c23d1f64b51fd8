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
def frozen_by_netbox(strategy):
    """Return the choice lists that NetBox freezes itself, before any plugin is ready.

    From 4.7.0 on the ``ready()`` of NetBox's own app extras imports the forms (extras/apps.py).
    """
    early = strategy.line not in ("4.2", "4.3", "4.4", "4.5", "4.6")
    return {row.path for row in strategy.choices if early and row.path.startswith("extras.forms.")}


@pytest.fixture(scope="session")
def run_probe():
    """Return a function that runs a script of tests/netbox/probes in a fresh process, and gives the finished process.

    A PLUGINS order can only be tested so, because NetBox's registry is global to a process.
    """

    def run(name, *arguments, plugins, plugins_config=None, **environ):
        return subprocess.run(
            [sys.executable, PROBES / name, *arguments],
            env={
                **os.environ,
                "NETBOX_LAB_PLUGINS": json.dumps(plugins),
                "NETBOX_LAB_PLUGINS_CONFIG": json.dumps(plugins_config or {}),
                "PYTHONWARNINGS": WARNINGS,
                **environ,
            },
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
