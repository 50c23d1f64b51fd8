"""Which command an installation has, which instance it serves, and which NetBox its disk holds."""

from __future__ import annotations

import sys
import types

import pytest
from django.conf import settings

from netbox_plugin_reloader.compat import installation
from netbox_plugin_reloader.recycle import fresh_process

COMMAND = "plugin_reloader trace"


@pytest.fixture
def wheel(monkeypatch, tmp_path):
    """Make this process one of a NetBox that was installed as a wheel, with an instance of its own."""
    monkeypatch.delenv("NETBOX_CONFIGURATION", raising=False)
    conf = tmp_path / "conf"
    conf.mkdir()
    (conf / "configuration.py").touch()
    values = {"NETBOX_INSTALL_MODE": "wheel", "NETBOX_ROOT": str(tmp_path), "CONFIGURATION_DIR": str(conf)}
    for name, value in values.items():
        monkeypatch.setattr(settings, name, value, raising=False)
    return tmp_path


def test_a_netbox_that_does_not_say_how_it_was_installed_is_a_checkout():
    assert installation.management_command(COMMAND) == f"manage.py {COMMAND}"
    assert installation.which_instance() == installation.missing_configuration() == ""
    assert "NETBOX_ROOT" not in fresh_process.environ()


def test_a_checkout_of_today_is_one_too(wheel, monkeypatch):
    monkeypatch.setattr(settings, "NETBOX_INSTALL_MODE", "checkout")
    assert installation.management_command(COMMAND) == f"manage.py {COMMAND}"
    assert installation.which_instance() == ""


def test_a_wheel_has_a_program_of_its_own(wheel, monkeypatch):
    assert installation.management_command(COMMAND) == f"NETBOX_ROOT={wheel} netbox {COMMAND}"
    assert str(wheel) in installation.which_instance()
    monkeypatch.setattr(settings, "NETBOX_ROOT", installation.DEFAULT_ROOT)
    assert installation.management_command(COMMAND) == f"netbox {COMMAND}"


def test_a_fresh_process_reads_the_same_instance(wheel, monkeypatch):
    # NetBox made it absolute when it started.
    monkeypatch.setenv("NETBOX_ROOT", "instance")
    monkeypatch.setattr(sys, "path", ["", "relative", "/absolute"])
    environ = fresh_process.environ()
    assert environ["NETBOX_ROOT"] == str(wheel)
    assert all(path.startswith("/") for path in environ["PYTHONPATH"].split(":"))
    assert environ["PYTHONSAFEPATH"] == "1"
    assert environ["DJANGO_SETTINGS_MODULE"] == "netbox.settings"


def test_a_configuration_that_is_gone_is_named(wheel, monkeypatch):
    started = []
    done = types.SimpleNamespace(stderr="")
    monkeypatch.setattr(fresh_process.subprocess, "run", lambda *arguments, **options: started.append(1) or done)
    fresh_process.run_fresh("-V")
    (wheel / "conf" / "configuration.py").unlink()
    with pytest.raises(RuntimeError, match=rf"there is no file {wheel}/conf/configuration.py\. .*NETBOX_ROOT"):
        fresh_process.run_fresh("-V")
    assert started == [1]
    # Then NETBOX_ROOT does not say where the configuration is.
    monkeypatch.setenv("NETBOX_CONFIGURATION", "elsewhere.configuration")
    fresh_process.run_fresh("-V")


def test_what_cannot_be_read_of_the_disk_is_not_known(monkeypatch):
    release = types.ModuleType("utilities.release")
    release.load_release_data = lambda: types.SimpleNamespace(version="4.8.0")
    monkeypatch.setitem(sys.modules, "utilities", types.ModuleType("utilities"))
    monkeypatch.setitem(sys.modules, "utilities.release", release)
    assert installation.installed_version() == "4.8.0"
    release.load_release_data = lambda: 1 / 0
    assert installation.installed_version() == ""
