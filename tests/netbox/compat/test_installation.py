"""NetBox as people install it: which apps are its own, what its disk holds, and an instance of a wheel of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import netbox
import pytest
from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from redis import Redis

from netbox_plugin_reloader.compat import running_version
from netbox_plugin_reloader.compat.installation import installed_version, is_wheel, management_command
from netbox_plugin_reloader.processes.announcements import KEY
from netbox_plugin_reloader.processes.cache import own
from netbox_plugin_reloader.recycle.lock import RECENT_KEY
from tests.netbox.serving import PATIENCE, gunicorn
from tests.netbox.source import is_netbox

OURS = "netbox_plugin_reloader"
OTHER_CACHE = 7
PLUGINS = ["asks_for_workers", "late_models", OURS]
ALLOWED = {OURS: {"recycle_workers": True}}
# The instance has a configuration of its own, at the place where NetBox looks for it; what stands there is the lab's.
CONFIGURATION = """
del DATABASES
from tests.lab.configuration import *  # noqa: E402, F403
LOGIN_REQUIRED = False
STATIC_URL = "/static/"
REDIS["caching"]["DATABASE"] = {database}
"""
OLD_CHECKOUT = "raise RuntimeError('this is the checkout that the wheel has replaced')\n"


def test_netboxs_own_apps_are_known(strategy):
    # Up to 4.7.2 NetBox 4.7 has one more app in its package "netbox", which has no models (netbox/graphql/apps.py).
    own = {config.label for config in apps.get_app_configs() if is_netbox(config.module) and "." not in config.name}
    assert strategy.apps == own
    assert len(own) >= 12


def test_the_disk_has_the_netbox_that_runs():
    assert installed_version() == running_version()


def test_the_disk_is_asked_and_not_what_was_loaded(tmp_path, monkeypatch):
    import utilities.release

    (tmp_path / "release.yaml").write_text('version: "4.99.0"\nedition: "Community"\n')
    (tmp_path / "utilities").mkdir()
    # From 4.7 on NetBox also looks in the package "netbox".
    monkeypatch.setattr(utilities.release, "__file__", str(tmp_path / "utilities" / "release.py"))
    assert installed_version() == "4.99.0"
    assert running_version() != "4.99.0"


def test_the_command_is_that_of_the_installation():
    command = management_command("plugin_reloader")
    assert command.endswith("netbox plugin_reloader" if is_wheel() else "manage.py plugin_reloader")
    assert (Path(netbox.__file__).parents[1] / "manage.py").exists() is not is_wheel()


@pytest.fixture
def instance(tmp_path):
    """Return a function that makes an instance as ``netbox setup`` does, whose cache is database ``database``."""
    if not is_wheel():
        pytest.skip(f"NetBox {settings.RELEASE.version} is a checkout here, and has no instances")

    def instance(name, database=1):
        root = tmp_path / name
        subprocess.run([netbox_program(), "setup", "--target", root], check=True, capture_output=True)
        with (root / "conf" / "configuration.py").open("a") as file:
            file.write(CONFIGURATION.format(database=database))
        return root

    return instance


def netbox_program():
    return Path(sys.executable).with_name("netbox")


@pytest.fixture
def manage(environ_of, tmp_path):
    """Return a function that runs the program ``netbox`` for the instance ``root``, where an old checkout lies."""
    (tmp_path / "old" / "netbox").mkdir(parents=True)
    (tmp_path / "old" / "netbox" / "__init__.py").write_text(OLD_CHECKOUT)

    def manage(root, *arguments):
        return subprocess.run(
            [netbox_program(), *arguments],
            env=variables(environ_of, root),
            cwd=tmp_path / "old",
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return manage


def variables(environ_of, root):
    """Return the variables that lead NetBox to the instance ``root``, and by nothing but that."""
    environ = environ_of(PLUGINS, ALLOWED)
    del environ["NETBOX_CONFIGURATION"], environ["DJANGO_SETTINGS_MODULE"]
    return {**environ, "NETBOX_ROOT": str(root)}


def test_the_commands_start_netbox_from_its_instance(instance, manage):
    root = instance("instance")
    # Against the current folder, as NetBox reads it.
    traced = manage("../instance", "plugin_reloader", "trace", "--json")
    assert traced.returncode == 0, traced.stderr
    assert json.loads(traced.stdout) == []
    looked = manage(root, "plugin_reloader", "preflight")
    assert looked.returncode == 0, looked.stderr
    assert f"run NETBOX_ROOT={root} netbox collectstatic" in looked.stdout
    assert manage(root, "plugin_reloader", "reload").returncode == 0
    checked = manage(root, "check")
    assert (checked.returncode, checked.stdout.strip()) == (0, "System check identified no issues (0 silenced).")


def ask(server, path):
    status, text = server.get(f"/plugins/asks-for-workers/{path}/")
    assert status == 200, text
    return json.loads(text)


def ended(server):
    """Return how the last replacement of the workers ended, once it has."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        last = ask(server, "last")
        if last["state"] != "running":
            return last
        time.sleep(0.5)
    raise AssertionError("the replacement does not end")


@pytest.fixture
def other(instance):
    """Return another instance, whose cache nobody has asked yet."""
    Redis.from_url(os.environ["NETBOX_LAB_REDIS_URL"], db=OTHER_CACHE).flushdb()
    return instance("other", database=OTHER_CACHE)


@pytest.mark.parametrize("root", ["instance", None])
def test_workers_are_replaced_from_the_server_and_from_the_program(instance, other, manage, environ_of, tmp_path, root):
    """And another instance is named. Without an instance, tests/recycling asks the server."""
    # Other tests have announced processes that are no servers.
    cache.delete_pattern(own(f"{KEY}*"))
    made = instance("instance")
    pid_file = tmp_path / "server.pid"
    environ = environ_of(PLUGINS, ALLOWED, NETBOX_LAB_CONFIGURATION=str(tmp_path / "open.py"))
    (tmp_path / "open.py").write_text("LOGIN_REQUIRED = False\n")
    if root:
        # A relative one holds where the server was started, and nowhere else.
        environ = variables(environ_of, root)
    with gunicorn(environ, tmp_path, working_directory=None if root is None else made.parent) as server:
        if root:
            begun = ask(server, "ask")
            last = ended(server)
            assert (last["state"], last["text"]) == ("succeeded", "1 workers replaced"), server.output.read_text()
            assert last["asked"] >= begun["asked"]
            # As ten seconds later.
            cache.delete(own(RECENT_KEY))
            assert_refused(other, manage(other, "plugin_reloader", "recycle"))
        else:
            assert ask(server, "last") is not None
            assert_refused(other, manage(other, "plugin_reloader", "recycle", "--pid-file", pid_file))
        done = manage(made, "plugin_reloader", "recycle", "--pid-file", pid_file)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "1 workers replaced" in done.stdout


def assert_refused(other, done):
    assert done.returncode == 1
    assert f"This is the instance in {other}; set NETBOX_ROOT for another one." in done.stderr


def test_a_root_that_points_nowhere_is_named_by_netbox(instance, manage, tmp_path):
    instance("instance")
    done = manage(tmp_path / "nowhere", "plugin_reloader")
    assert done.returncode == 1
    assert f"create {tmp_path}/nowhere/conf/configuration.py" in done.stderr.splitlines()[-1]
