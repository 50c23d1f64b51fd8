"""``manage.py plugin_reloader`` says what was wrong, who did it, what is right now and what is not."""

from __future__ import annotations

import json
import os
import re
import subprocess
from functools import partial
from importlib import import_module
from pathlib import Path
from unittest import mock

import pytest
from core.models import ObjectType
from django.apps import apps
from django.core.management import CommandError
from django.db import connection
from jsonschema import Draft202012Validator

from netbox_plugin_reloader.compat import running_version
from netbox_plugin_reloader.processes import host as processes
from netbox_plugin_reloader.recycle import fresh_process
from netbox_plugin_reloader.repair.reload_pass import complete_report
from tests.netbox.examples import call, output_of

OURS = "netbox_plugin_reloader"
COMMAND = "netbox_plugin_reloader.management.commands.plugin_reloader"
SCHEMA = Path(__file__).parents[3] / "docs" / "report.schema.json"
HIDDEN = {"public": False, "features": []}
STALE = {"public": False, "features": ["tags"]}
REMOVED = {"app_label": "removed_plugin", "model": "thing", "public": True, "features": ["tags"]}


@pytest.fixture(scope="module")
def manage(run_probe, alone):
    """Return a function that runs the command without any server, and gives the finished process."""
    return partial(run_probe, "manage.py", "plugin_reloader", **alone)


@pytest.fixture
def rows(strategy, db):
    """Make one row stale and one of a plugin that is gone, where there are such rows."""
    if not strategy.object_type_rows:
        pytest.skip(f"NetBox {strategy.line} has no such rows; test_there_is_nothing_to_repair covers it")
    ObjectType.objects.exclude(app_label__in=apps.app_configs).update(**HIDDEN)
    late = ObjectType.objects.filter(app_label="late_models", model="late")
    late.update(**STALE)
    ObjectType.objects.create(**REMOVED)
    return late


def test_status_names_who_froze_what_and_needs_no_server(manage, strategy, culprit):
    done = manage()
    assert done.returncode == 0, done.stderr
    assert re.search(r"^late_models +\S+ +\d+ +(\d+|-) +-$", done.stdout, re.MULTILINE)
    place = f"{culprit.plugin} ({culprit.module}, line {culprit.line})"
    assert f"by {place}: " in done.stdout
    frozen = [line for line in done.stdout.splitlines() if line.endswith(f"frozen by {place}")]
    assert any(culprit.frozen in line for line in frozen)
    assert any("TagForm.object_types" in line and "late_models" in line for line in frozen) is strategy.querysets_freeze
    assert "\033" not in done.stdout
    assert "late_resources.happened" not in done.stdout
    assert ("object types cannot be read now" in done.stderr) is strategy.object_type_rows


def test_status_is_readable_by_programs(db, monkeypatch, frozen_by_netbox):
    # Other tests build the middleware in this process.
    monkeypatch.setattr(processes, "_serves_requests", False)
    report = json.loads(call("status", "--json"))
    assert list(Draft202012Validator(json.loads(SCHEMA.read_text())).iter_errors(report)) == []
    assert report["process"]["kind"] == "command"
    assert report["duration"] > 0
    early = {(early["plugin"], early["module"]) for early in report["early_imports"]}
    assert {plugin for plugin, _ in early} == (set() if frozen_by_netbox else {"early_forms"})
    assert (("early_forms", "extras.forms.model_forms") in early) is not bool(frozen_by_netbox)
    (ours,) = [plugin for plugin in report["plugins"] if plugin["name"] == OURS]
    assert ours["needs"]["min_version"] == "4.2.0"
    assert json.loads(call("--json"))["plugins"] == report["plugins"]


def test_status_can_be_short_and_long(db):
    assert "Repaired:" not in call("status", "--verbosity", "0").splitlines()
    assert "late_resources.happened" in call("status", "-v", "2")


def test_check_fails_on_what_is_left(db):
    with pytest.raises(CommandError, match=r"^not repaired: \d+\.$"):
        call("check")


def test_check_fails_on_what_was_repaired_only_if_told_so(run_probe, culprit):
    plugins = [culprit.plugin, OURS, "late_models", "late_resources"]
    done = run_probe("manage.py", "plugin_reloader", "check", "--fail-on", "repaired", plugins=plugins)
    assert done.returncode == 1
    assert "had to be repaired" in done.stderr
    assert f"frozen by {culprit.plugin}" in done.stdout


def test_check_succeeds_when_all_is_there(db, strategy, monkeypatch):
    # The plugins of this process have conflicts, and other processes' plugins left rows behind.
    if strategy.object_type_rows:
        ObjectType.objects.exclude(app_label__in=apps.app_configs).update(**HIDDEN)
        call("repair")
    repaired = complete_report()._replace(findings=(), conflicts=(), failures=())
    assert repaired.repairs
    monkeypatch.setattr(f"{COMMAND}.run_as_web_process", lambda: repaired)
    assert call("check") == f"{repaired.summary()}\n"
    with pytest.raises(CommandError, match=r"^had to be repaired: \d+\.$"):
        call("check", "--fail-on", "repaired")
    monkeypatch.setattr(f"{COMMAND}.run_as_web_process", lambda: repaired._replace(repairs=()))
    assert " plugins are complete.\n" in call("check", "--fail-on", "repaired")


def test_check_fails_on_rows(rows):
    with pytest.raises(CommandError, match="not repaired"):
        call("check")


def test_check_without_a_database_is_no_success(manage):
    done = manage("check")
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr


def test_there_is_nothing_to_repair(strategy):
    if strategy.object_type_rows:
        pytest.skip(f"NetBox {strategy.line} has rows; test_repair_* cover it")
    assert f"NetBox {strategy.line} keeps no rows" in call("repair")


def test_repair_writes_and_says_what(rows):
    dry = call("repair", "--dry-run")
    assert re.search(r"^would change: late_models\.late: public False → True, features \+", dry, re.MULTILINE)
    assert rows.get().public is False
    assert "removed_plugin.thing" in dry
    done = call("repair")
    assert "changed: late_models.late: public False → True" in done
    assert "that --removed-plugins would hide: removed_plugin.thing" in done
    assert rows.get().public is True
    assert ObjectType.objects.get(app_label="removed_plugin").public is True
    assert "removed_plugin.thing: app not installed" in call("repair", "--dry-run", "--removed-plugins")
    assert "changed: removed_plugin.thing" in call("repair", "--removed-plugins")
    assert ObjectType.objects.get(app_label="removed_plugin").public is False
    assert "All rows of object types are right." in call("repair", "--removed-plugins")


def test_repair_obeys_the_setting(rows, settings):
    settings.PLUGINS_CONFIG = {**settings.PLUGINS_CONFIG, OURS: {"repair_object_types": False}}
    with pytest.raises(CommandError, match=r"\['repair_object_types'\] is False.*--dry-run"):
        call("repair")
    assert rows.get().public is False
    assert "would change: late_models.late" in call("repair", "--dry-run")


def test_repair_says_why_it_cannot(rows, manage):
    done = manage("repair")
    assert done.returncode == 1
    assert done.stderr.count("Traceback") == 0
    assert "CommandError: NetBox's object types cannot be read now: OperationalError" in done.stderr
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_objecttype RENAME TO elsewhere")
    program = Path(os.environ["NETBOX_LAB_PROGRAM"]).name
    with pytest.raises(CommandError, match=rf"does not exist yet; run {re.escape(program)} migrate"):
        call("repair")


def test_repair_of_a_read_only_database_says_so(rows):
    # What is deferred to the end of the transaction would write there.
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
    with pytest.raises(CommandError, match=r"cannot be repaired now: .* read-only transaction"):
        call("repair")


def test_repair_names_a_model_that_cannot_be_compared(rows, monkeypatch):
    def fail(model):
        raise RuntimeError("no such feature")

    monkeypatch.setattr("netbox.models.features.get_model_features", fail)
    with pytest.raises(CommandError, match="could not be compared or written: 1"):
        call("repair", "--dry-run")


def test_trace_names_the_plugin_and_its_file(manage, culprit):
    done = manage("trace")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    position = lines.index(f"  {culprit.loads} by {culprit.plugin}")
    assert re.fullmatch(
        rf"    /.*/{culprit.plugin}/\w+\.py:{culprit.line} \({re.escape(culprit.module)}\)", lines[position + 1]
    )


def test_trace_is_readable_by_programs(monkeypatch):
    report = complete_report().as_dict()
    monkeypatch.setattr(f"{COMMAND}.report_of_fresh_process", lambda: report)
    assert json.loads(call("trace", "--json")) == report["early_imports"]


def test_trace_shows_why_netbox_does_not_start(monkeypatch):
    monkeypatch.setenv("NETBOX_LAB_PLUGINS", '["no_such_plugin"]')
    with pytest.raises(CommandError, match=r"does not start, exit status 1:[\s\S]*no_such_plugin"):
        call("trace")


PASS_FAILED = subprocess.CompletedProcess([], 0, stdout=f"{fresh_process.MARK}null\n", stderr="KeyError: 'views'\n")


@pytest.mark.parametrize(
    ("done", "said"),
    [
        (PASS_FAILED, "pass failed in the new process:\nKeyError: 'views'"),
        (subprocess.TimeoutExpired([], 300), "did not start within 300 seconds"),
    ],
    ids=["the pass fails", "nothing happens"],
)
def test_trace_says_what_came_of_the_new_process(done, said):
    with mock.patch.object(fresh_process.subprocess, "run", side_effect=[done]) as run:
        assert said in output_of("trace")
    assert run.call_args.kwargs["timeout"] == 300


@pytest.mark.parametrize("arguments", [("repaint",), ("status", "--colour"), ("check", "--fail-on", "anything")])
def test_bad_arguments_are_named(arguments):
    with pytest.raises(CommandError, match=arguments[-1]):
        call(*arguments)


def test_an_unsupported_netbox_is_named(monkeypatch):
    monkeypatch.setattr("netbox_plugin_reloader.compat.running_version", lambda: "9.9.9")
    sentence = call("status")
    assert sentence == call()
    assert sentence.startswith("NetBox version '9.9.9' is not supported")
    assert sentence.endswith("; nothing is changed.\n")
    for arguments in (("check",), ("repair",), ("reload",), ("status", "--json"), ("trace",)):
        with pytest.raises(CommandError, match=r"'9\.9\.9' is not supported"):
            call(*arguments)


def test_what_an_upgrade_would_cost_is_told_before(settings):
    assert call("preflight", "--netbox", running_version()).startswith("No plugin excludes NetBox ")
    # NetBox has skipped this one already.
    import_module("too_new")
    settings.PLUGINS = [*settings.PLUGINS, "too_new"]
    said = output_of("preflight", netbox="4.99.0")
    assert re.search(r"^CommandError: Plugins that would be missing on NetBox 4\.99\.0: \d+\.$", said, re.MULTILINE)
    assert re.match(rf"Not on NetBox 4\.99\.0: .*\b{OURS}\b.*\. NetBox would skip them\.\n", said)
    assert "does not know NetBox 4.99.0" in said
    assert re.search(rf"^{OURS} +\S+ +from 4\.2\.0 up to \S+\.99 +excludes it", said, re.MULTILINE)
    assert re.search(r"^late_models +1\.0 +- +says nothing", said, re.MULTILINE)
    assert re.search(r"^too_new +1\.0 +from 99\.0\.0 +excludes it", said, re.MULTILINE)
    with pytest.raises(CommandError, match=r"^--netbox soon: write a version of NetBox, such as 4\.8\.0$"):
        call("preflight", "--netbox", "soon")
