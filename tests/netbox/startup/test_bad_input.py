"""Whatever is wrong around us: NetBox starts, the other plugins are repaired, and one message says what it is."""

from __future__ import annotations

import pytest
from django.core.checks import WARNING
from django.core.management import call_command

from netbox_plugin_reloader import config
from netbox_plugin_reloader.compat import SUPPORTED
from tests.netbox.startup.test_startup import HEALTHY_WITH_US, OURS, with_us

TWICE = {"plugins": [OURS, "late_models", "doubled_views", OURS], "plugins_config": {OURS: []}}


def ids(found):
    return [identifier for identifier, _, _ in found["checks"]]


def test_a_healthy_netbox_has_no_message(probe, strategy):
    found = probe("checks.py", plugins=HEALTHY_WITH_US)
    assert found["checks"] == found["infos"] == []
    checks = {f"{OURS}._check", f"{OURS}._check_database"}
    # Where there are rows of object types, a migration is followed as well.
    assert checks < set(found["called_later"]) if strategy.object_type_rows else checks == set(found["called_later"])
    assert not [level for level, _ in found["log"] if level != "INFO"]


@pytest.mark.main
def test_an_unsupported_version_changes_nothing(probe):
    """All that are refused: tests/unit/compat/test_compat.py."""
    version = "99.0.0"
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


def test_a_netbox_older_than_we_know_says_no_more_than_its_own_sentence():
    with pytest.raises(Exception, match=r"minimum version 4\.2\.0") as raised:
        config.validate({}, "4.1.11")
    assert "netbox-plugin-reloader" not in str(raised.value)


@pytest.fixture(scope="module")
def flawed(run_probe, probe, strategy):
    """Return what the checks say of plugins that NetBox skips, that forget what is NetBox's, and that keep a copy."""
    plugins = ["forgotten_ready", "copied_models", "late_models", OURS]
    if strategy.line == "4.2":
        done = run_probe("checks.py", plugins=["too_new", *plugins])
        assert "Plugin too_new requires NetBox minimum version 99.0.0" in done.stderr
    else:
        plugins.insert(0, "too_new")
    return probe("checks.py", "--again", plugins=plugins)


def message_of(found, identifier):
    ((message, _),) = [(message, hint) for number, message, hint in found["checks"] if number == identifier]
    return message


def test_a_skipped_plugin_is_named(flawed, strategy):
    skipped = [] if strategy.line == "4.2" else ["W003"]
    assert ids(flawed) == [*skipped, "W009", *["W010"] * strategy.feature_sets]
    if skipped:
        assert "'too_new'" in message_of(flawed, "W003")
    assert {row["plugin"] for row in flawed["first_report"]["repairs"]} == {"forgotten_ready"}
    names = ["forgotten_ready", "copied_models", "late_models", OURS]
    assert [plugin["name"] for plugin in flawed["report"]["plugins"]] == names


def test_a_plugin_that_forgets_super_ready_is_named_with_what_netbox_did_not_get(flawed):
    expected = ["does not call super().ready()", "forgotten_ready.navigation", "forgotten_ready.resources"]
    for report in (flawed["report"], flawed["first_report"]):
        findings = [(row["plugin"], row["names"]) for row in report["findings"] if row["kind"] == "plugin"]
        assert findings == [("forgotten_ready", expected)]
    assert "forgotten_ready.navigation" in message_of(flawed, "W009")


def test_an_incomplete_copy_of_a_feature_is_named(flawed, strategy):
    findings = [row["subject"] for row in flawed["report"]["findings"] if row["kind"] == "model feature"]
    assert findings == ["copied_models"] * strategy.feature_sets
    if strategy.feature_sets:
        assert "copied from tags, and incomplete" in message_of(flawed, "W010")


def test_a_dotted_plugin_is_like_any_other(probe):
    found = probe("checks.py", plugins=with_us())
    assert set(ids(found)) == {"W006", "W009"}
    assert any(number == "W009" and "dotted.inner_plugin" in message for number, message, _ in found["checks"])


def test_being_listed_twice_and_a_configuration_that_is_no_dictionary_are_named_and_stop_no_command(probe):
    found = probe("checks.py", **TWICE)
    assert ids(found) == ["W002", "W004", "W006"]
    assert found["levels"] == [WARNING]
    assert "'netbox_plugin_reloader' 2 times" in message_of(found, "W004")
    assert [plugin["name"] for plugin in found["report"]["plugins"]] == ["late_models", "doubled_views", OURS]


def test_a_wrong_configuration_is_named_and_the_default_used(probe):
    found = probe("checks.py", "--web", "--warm-up", "no", plugins=HEALTHY_WITH_US)
    assert ids(found) == ["W002"]
    assert "['warm_up'] is of type str" in found["checks"][0][1]
    assert found["urlconf"] is True


def test_a_missing_store_is_named_and_the_rest_goes_on(probe, strategy):
    found = probe("checks.py", "--without-stores", *strategy.stores, plugins=with_us())
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
