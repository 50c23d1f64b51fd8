"""The contract suite runs inside a real NetBox that tests.lab prepared, with all plugins of tests/plugins."""

from __future__ import annotations

import json
import os
import pkgutil
import re
import tempfile
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

import netbox_plugin_reloader
from netbox_plugin_reloader.compat import SUPPORTED, running_version, select
from tests.netbox.forks import Forks
from tests.netbox.serving import gunicorn

# A warning of ours is an error, in the processes that tests start as well. This filter takes whole module names only.
WARNINGS = ",".join(
    f"error:::{module.name}"
    for module in pkgutil.walk_packages(netbox_plugin_reloader.__path__, f"{netbox_plugin_reloader.__name__}.")
)
PROBES = Path(__file__).with_name("probes")
FORKS = pytest.StashKey[Forks]()
STAGES = {
    "animal_inventory.py": "settings",
    "healthy.py": "settings",
    "object_types.py": "urlconf",
    "pretended.py": "python",
    "rqworker.py": "settings",
    "walk.py": "web",
}
"""How far NetBox has come when a probe begins, where that is not ``started``: see tests/netbox/forks.py."""

OURS = "netbox_plugin_reloader"
EARLY_FORMS = SimpleNamespace(
    plugin="early_forms",
    module="early_forms.template_content",
    line=4,
    loads="extras.forms.model_forms",
    frozen="EventRuleForm.event_types",
)
EARLY_PREFERENCES = SimpleNamespace(
    plugin="frozen_fields", module="frozen_fields", line=14, loads="netbox.preferences", frozen="user preferences"
)

STARTING = {"environ_of", "run_probe"}
"""The fixtures by which a test starts a NetBox of its own."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark each test with the parts that it belongs to, of which pytest then takes the one that ``-m`` names."""
    for item in items:
        # Each part has to prove that NetBox is the one that is meant.
        everywhere = item.path.name == "test_loaded.py"
        if everywhere or STARTING.isdisjoint(item.fixturenames):
            item.add_marker("main")
        if everywhere or not item.get_closest_marker("main"):
            item.add_marker("rest")


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
        folder = Path(tempfile.mkdtemp(dir=tmp_path))
        return gunicorn(
            environ_of(plugins, plugins_config, NETBOX_LAB_CONFIGURATION=str(configuration), **environ), folder
        )

    return served


@pytest.fixture(scope="session")
def forks(pytestconfig):
    with Forks({**os.environ, "PYTHONWARNINGS": WARNINGS}) as forks:
        pytestconfig.stash[FORKS] = forks
        yield forks


def pytest_terminal_summary(terminalreporter, config):
    if forks := config.stash.get(FORKS, None):
        terminalreporter.write_line(f"{forks.starts} times a NetBox was started to run {forks.probes} probes.")


@pytest.fixture(scope="session")
def culprit(frozen_by_netbox):
    """Return what a plugin froze, who it was and where: the forms, unless NetBox has loaded them itself before."""
    return EARLY_PREFERENCES if frozen_by_netbox else EARLY_FORMS


@pytest.fixture(scope="session")
def alone(culprit):
    """Return the PLUGINS, with the culprit first, and the variables of a NetBox that starts without any server."""
    plugins = [culprit.plugin, OURS, "late_models", "late_resources", "forgotten_ready", "doubled_views"]
    # Nobody listens there.
    nowhere = {
        "NETBOX_LAB_DATABASE_URL": "postgres://nobody@127.0.0.1:9/nowhere",
        "NETBOX_LAB_REDIS_URL": "redis://127.0.0.1:9",
    }
    return {"plugins": plugins, **nowhere}


@pytest.fixture(scope="session")
def frozen_by_netbox(strategy):
    """Return the choice lists that NetBox freezes itself, before any plugin is ready.

    From 4.7.0 on the ``ready()`` of NetBox's own app extras imports the forms (extras/apps.py).
    """
    early = strategy.line not in ("4.2", "4.3", "4.4", "4.5", "4.6")
    return {row.path for row in strategy.choices if early and row.path.startswith("extras.forms.")}


def forget_who_wrote_the_rows(strategy):
    """Have the next process write rows of object types, whatever PLUGINS the one before had: all share a database."""
    if strategy.object_type_rows:
        url = os.environ["NETBOX_LAB_DATABASE_URL"]
        # A test that is writing them itself, and waits for its probe, has forgotten it too.
        with suppress(psycopg.errors.LockNotAvailable), psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SET lock_timeout = '1s'")
            connection.execute("COMMENT ON TABLE core_objecttype IS NULL")


@pytest.fixture(scope="session")
def run_probe(forks, strategy):
    """Return a function that runs a script of tests/netbox/probes in a fresh process, and gives the finished process.

    ``stage`` says how far NetBox has come before, if that is not as usual with this script.
    """

    def run(name, *arguments, plugins, plugins_config=None, stage=None, **environ):
        forget_who_wrote_the_rows(strategy)
        named = {
            "NETBOX_LAB_PLUGINS": json.dumps(plugins),
            "NETBOX_LAB_PLUGINS_CONFIG": json.dumps(plugins_config or {}),
            **environ,
        }
        return forks.run(stage or STAGES.get(name, "started"), PROBES / name, arguments, named)

    return run


@pytest.fixture(scope="session")
def probe(run_probe):
    """Return what a script of tests/netbox/probes finds in a fresh NetBox process.

    That is the JSON that it prints last, and under ``log`` the level and message of each line that we logged. The
    same question is asked once only.
    """
    answers = {}

    def probe(name, *arguments, **options):
        question = json.dumps([name, arguments, options], sort_keys=True)
        if question not in answers:
            done = run_probe(name, *arguments, **options)
            assert done.returncode == 0, done.stdout + done.stderr
            log = re.findall(r"^([A-Z]+) netbox_plugin_reloader\S*: (.*)$", done.stderr, re.MULTILINE)
            answers[question] = json.loads(done.stdout.splitlines()[-1]) | {"log": log}
        return deepcopy(answers[question])

    return probe
