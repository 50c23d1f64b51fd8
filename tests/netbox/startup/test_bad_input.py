"""Whatever is wrong around us: NetBox starts, the other plugins are repaired, and one message says what it is."""

from __future__ import annotations

import pytest
from django.core.checks import WARNING
from django.core.management import call_command

from netbox_plugin_reloader.compat import SUPPORTED
from tests.netbox.repair.test_registration import UNREGISTERED

OURS = "netbox_plugin_reloader"
TWICE = {"plugins": [OURS, "late_models", OURS], "plugins_config": {OURS: []}}


def ids(found):
    return [identifier for identifier, _, _ in found["checks"]]


def test_a_healthy_netbox_has_no_message(probe, strategy):
    found = probe("checks.py", plugins=["late_models", OURS])
    assert found["checks"] == found["infos"] == []
    checks = {f"{OURS}._check", f"{OURS}._check_database"}
    # Where there are rows of object types, a migration is followed as well.
    assert checks < set(found["called_later"]) if strategy.object_type_rows else checks == set(found["called_later"])
    assert not [level for level, _ in found["log"] if level != "INFO"]


@pytest.mark.main
@pytest.mark.parametrize("version", ["4.1.11", "99.0.0", "garbage"])
def test_an_unsupported_version_changes_nothing(probe, version):
    found = probe(
        "checks.py", "--web", "--version", version, plugins=["forgotten_ready", "late_models", OURS], stage="settings"
    )
    assert OURS in found["installed"]
    assert ids(found) == ["W001"]
    (error,) = found["log"]
    assert error[0] == "ERROR"
    for message in (error[1], found["checks"][0][1]):
        assert repr(version) in message
        assert f"NetBox {SUPPORTED[0].line} to {SUPPORTED[-1].line}" in message
    assert found["report"] is None
    assert found["urlconf"] is False
    assert found["called_later"] == [f"{OURS}._check"]


@pytest.mark.parametrize("next_one", [(0, 1), (1, None)], ids=["next line", "next major"])
def test_a_netbox_newer_than_we_know_says_which_release_of_ours_is_for_it(run_probe, strategy, next_one):
    major, minor = map(int, SUPPORTED[-1].line.split("."))
    line = f"{major + next_one[0]}.{0 if next_one[1] is None else minor + next_one[1]}"
    done = run_probe("pretended.py", f"{line}.0", "check", plugins=["late_models", OURS])
    (said,) = [text for text in done.stderr.splitlines() if "requires NetBox" in text]
    assert f"Plugin {OURS} requires NetBox maximum version {SUPPORTED[-1].line}.99 (current: {line}.0)." in said
    assert said.endswith(
        f" To have this plugin there, install netbox-plugin-reloader=={line}.*, or go on without it until there is one."
    )
    # Up to 4.2 NetBox does not start with a plugin that excludes it; the others skip it, and all else is there.
    assert (done.returncode == 0) == (strategy.line != "4.2")


def test_a_skipped_plugin_is_named(probe, run_probe, strategy):
    plugins = ["too_new", "forgotten_ready", OURS]
    if strategy.line == "4.2":
        done = run_probe("checks.py", plugins=plugins)
        assert "Plugin too_new requires NetBox minimum version 99.0.0" in done.stderr
        return
    found = probe("checks.py", plugins=plugins)
    messages = {identifier: message for identifier, message, _ in found["checks"]}
    assert messages.keys() == {"W003", "W009"}
    assert "'too_new'" in messages["W003"]
    assert [row["plugin"] for row in found["report"]["repairs"]] == ["forgotten_ready"]
    assert [plugin["name"] for plugin in found["report"]["plugins"]] == ["forgotten_ready", OURS]


def test_a_dotted_plugin_is_like_any_other(probe):
    found = probe("checks.py", plugins=[*sorted(UNREGISTERED), OURS])
    assert {row["plugin"] for row in found["report"]["repairs"]} == UNREGISTERED
    assert set(ids(found)) == {"W009"}
    assert any("dotted.inner_plugin" in message for _, message, _ in found["checks"])


def test_get_models_is_never_called(probe):
    found = probe("startup.py", plugins=[*sorted(UNREGISTERED), OURS])
    assert found["connected"] == []
    assert {row["plugin"] for row in found["report"]["repairs"]} == UNREGISTERED
    assert found["report"]["failures"] == []


def test_being_listed_twice_and_a_configuration_that_is_no_dictionary_are_named(probe):
    found = probe("checks.py", **TWICE)
    assert ids(found) == ["W002", "W004"]
    assert "'netbox_plugin_reloader' 2 times" in found["checks"][1][1]
    assert [plugin["name"] for plugin in found["report"]["plugins"]] == ["late_models", OURS]


def test_a_wrong_configuration_is_named_and_the_default_used(probe):
    found = probe("checks.py", "--web", plugins=["late_models", OURS], plugins_config={OURS: {"warm_up": "no"}})
    assert ids(found) == ["W002"]
    assert "['warm_up'] is of type str" in found["checks"][0][1]
    assert found["urlconf"] is True


def test_a_missing_store_is_named_and_the_rest_goes_on(probe, strategy):
    found = probe("checks.py", "--without-stores", *strategy.stores, plugins=["doubled_views", OURS])
    assert found["without_store"].keys() == strategy.stores.keys()
    for store, report in found["without_store"].items():
        assert [row["subject"] for row in report["failures"]] == [f"registry store {store}"]
        # Conflicts of views are found anew by each pass.
        assert bool(report["conflicts"]) is (store != "views")
    errors = [message for level, message in found["log"] if level == "ERROR"]
    assert len(errors) == len(strategy.stores)
    assert "W005" in ids(found)


@pytest.mark.filterwarnings("ignore")
def test_manage_check_runs_our_checks(settings, capsys):
    settings.PLUGINS_CONFIG = {**settings.PLUGINS_CONFIG, OURS: {"unknown": 1}}
    call_command("check")
    assert "netbox_plugin_reloader.W002" in capsys.readouterr().err


def test_no_check_stops_a_command(probe):
    found = probe("checks.py", plugins=["doubled_views", OURS, OURS], plugins_config={OURS: {"unknown": 1}})
    assert sorted(ids(found)) == ["W002", "W004", "W006"]
    assert found["levels"] == [WARNING]
