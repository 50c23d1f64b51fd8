from __future__ import annotations

import pytest
from django.core.management.color import no_style

from netbox_plugin_reloader.migrations import NO_TABLE
from netbox_plugin_reloader.repair.object_types import APP_GONE, SEQUENCE_BEHIND
from netbox_plugin_reloader.repair.outcome import Outcome
from netbox_plugin_reloader.report import SKIPPED, EarlyImport, ImportStep, Kind, PluginSummary, Process, Report, Row
from netbox_plugin_reloader.support import Support
from netbox_plugin_reloader.ui.advice import advice
from netbox_plugin_reloader.ui.text import early_import_lines, object_type_lines, status_lines, upgrade_lines

STYLE = no_style()
FIELD = "extras.forms.model_forms.TagForm.object_types"
STALE = Row(Kind.OBJECT_TYPES, "late", "late.thing", ("public False → True", "features +tags"))
REMOVED = Row(Kind.OBJECT_TYPES, "gone", "gone.thing", ("app not installed",))
REPORT = Report(
    netbox_version="4.2.9",
    strategy="4.2",
    version="4.2.5",
    process=Process("netbox.example.com", 4711, "command"),
    plugins=(PluginSummary("early", "1.0", 3), PluginSummary("late", "10.0", 12)),
    early_imports=(
        EarlyImport("extras.forms.model_forms", "early", (ImportStep("early.search", "/early/search.py", 7),)),
        EarlyImport("netbox.navigation.menu", "menus", ()),
    ),
    repairs=(
        Row(Kind.CHOICES, "late", FIELD, ("late.thing", "late.other")),
        Row(Kind.CHOICES, "netbox", "core.forms.filtersets.JobFilterForm.object_type", ("a.b",)),
        Row(Kind.NAVIGATION, "netbox", "menus", ("Late",)),
    ),
    conflicts=(Row(Kind.VIEWS, "early", "early.thing", ("",)),),
)


def lines(verbosity, report=REPORT):
    return list(status_lines(report, STYLE, verbosity=verbosity))


def test_what_is_wrong_comes_first_and_may_be_all():
    assert lines(0) == [
        REPORT.summary(),
        "In conflict:",
        "  early: views early.thing: ''",
        "  → Tell the author of the plugin.",
    ]
    assert lines(1)[:4] == lines(0)


def test_the_plugins_are_a_table():
    assert lines(1)[5:10] == [
        "plugin  version  models  repaired  not repaired",
        "early   1.0           3         -             1",
        "late    10.0         12         1             -",
        "",
        "NetBox 4.2.9, NetBox Plugin Reloader 4.2.5 with its rules for NetBox 4.2.",
    ]
    skipped = REPORT._replace(findings=(Row(Kind.READY, "new", SKIPPED, ("supports NetBox 9.9",)),))
    assert "new     skipped by NetBox       -         -             1" in lines(1, skipped)


def test_it_is_named_who_froze_what():
    assert lines(1)[11:] == [
        "Loaded before the last plugin was ready:",
        "  by early (early.search, line 7): extras.forms.model_forms",
        "  by menus: netbox.navigation.menu",
        "",
        "Repaired:",
        f"  choice list {FIELD}: 2 entries of late; frozen by early (early.search, line 7)",
        "  choice list core.forms.filtersets.JobFilterForm.object_type: 1 entry",
        "  navigation menus: 1 entry; frozen by menus",
    ]


def test_more_names_on_request():
    assert "    /early/search.py:7 (early.search)" in lines(2)
    assert "    late: late.thing, late.other" in lines(2)


def test_a_healthy_netbox_is_short():
    healthy = Report("4.2.9", "4.2", "4.2.5", REPORT.process, plugins=REPORT.plugins)
    assert lines(1, healthy)[1:2] == [""]
    assert len(lines(1, healthy)) == 7
    assert list(early_import_lines([], STYLE)) == [
        "Before the last plugin is ready, no plugin loads a module that copies the registry."
    ]


def test_rows_are_named_with_their_fields():
    outcome = Outcome(stale=(STALE,), removed=(REMOVED,))
    changed = "late.thing: public False → True, features +tags"
    hidden = "models that are gone, and that --removed-plugins would hide: gone.thing"
    assert list(object_type_lines(outcome, STYLE, dry_run=True, removed=False)) == [f"would change: {changed}", hidden]
    assert list(object_type_lines(outcome, STYLE, dry_run=True, removed=True)) == [
        f"would change: {changed}",
        "would change: gone.thing: app not installed",
    ]
    repaired = Outcome(repairs=(STALE,), failures=(REMOVED,))
    assert list(object_type_lines(repaired, STYLE, dry_run=False, removed=False)) == [
        f"changed: {changed}",
        "failed: gone: object type gone.thing: app not installed",
    ]
    left, failed = Outcome(removed=(REMOVED,)), Outcome(failures=(STALE,))
    assert list(object_type_lines(left, STYLE, dry_run=False, removed=False)) == [hidden]
    assert list(object_type_lines(failed, STYLE, dry_run=False, removed=False)) == [f"failed: {STALE}"]
    assert list(object_type_lines(Outcome(), STYLE, dry_run=False, removed=False)) == [
        "All rows of object types are right."
    ]


def test_what_would_be_missing_on_another_netbox_comes_first():
    one, two = Support("one", "1.0", "up to 4.9", True), Support("two", "2.0", "", None)
    found = [one, two, Support("three", "3", "a", False)]
    unknown = "This release of NetBox Plugin Reloader does not know NetBox 4.8.0. "
    assert list(upgrade_lines("4.8.0", found, STYLE)) == [
        "Not on NetBox 4.8.0: three. NetBox would skip them.",
        "Not known for these, which name no newest NetBox: two.",
        f"{unknown}Upgrade to the release for that line at the same time, or do without it until there is one.",
        "",
        "plugin  version  NetBox     says        ",
        "three   3        a          excludes it ",
        "two     2.0      -          says nothing",
        "one     1.0      up to 4.9  supports it ",
    ]
    assert next(upgrade_lines("4.2.9", found, STYLE)) == "Not on NetBox 4.2.9: three. NetBox would not start."
    assert next(upgrade_lines("4.7.0", [one], STYLE)) == "No plugin excludes NetBox 4.7.0."


@pytest.mark.parametrize(
    ("state", "row", "what_to_do"),
    [
        ("conflicts", Row(Kind.VIEWS, "one", "a.b", ("c",)), "Tell the author of the plugin."),
        ("failures", Row(Kind.PAGES, "one", "all pages", ("c",)), "Take the plugin out of PLUGINS, or"),
        ("failures", Row(Kind.PAGES, "netbox", "all pages", ("c",)), ""),
        ("failures", Row(Kind.MIGRATIONS, "one", "one", ("0001",)), "Run manage.py migrate."),
        ("failures", Row(Kind.MIGRATIONS, "one", "one.a", (f"{NO_TABLE} one_a",)), "Tell the author of the plugin."),
        ("failures", Row(Kind.OBJECT_TYPES, "one", "one.a", (f"IntegrityError: a; {SEQUENCE_BEHIND}: run b",)), ""),
        ("failures", Row(Kind.OBJECT_TYPES, "one", "one.a", ("ValueError: a",)), "NetBox's log has the error."),
        ("failures", Row(Kind.SYSTEM_CHECK, "one", "e.E1", ("c",)), "Run manage.py check, which says more."),
        ("failures", Row(Kind.RELOAD, "netbox", "look at pages", ("c",)), ""),
        ("failures", Row(Kind.VIEWS, "one", "a.b", ("c",)), "NetBox's log has the error."),
        ("findings", Row(Kind.PROCESS, "one", "12 on host", ("c",)), ""),
        ("findings", Row(Kind.READY, "one", SKIPPED, ("c",)), "Install a release of the plugin"),
        ("findings", Row(Kind.READY, "one", "ready()", ("c",)), "Tell the author of the plugin: its ready()"),
        ("findings", Row(Kind.CHOICES, "one", "a.b", ("c",)), "Put the plugin after those others"),
        ("findings", Row(Kind.OBJECT_TYPES, "netbox", "all rows", ("c",)), ""),
        ("findings", Row(Kind.OBJECT_TYPES, "one", "a.b", ("missing",)), "Run manage.py plugin_reloader repair."),
        ("findings", Row(Kind.OBJECT_TYPES, "one", "a.b", (APP_GONE, "public")), "Install the plugin again, or run"),
        (
            "findings",
            Row(Kind.OBJECT_TYPES, "one", "a.b", (APP_GONE, "still used by 2 tags")),
            "Install the plugin again",
        ),
        ("findings", Row(Kind.SEARCH, "one", "a", ("c",)), "NetBox's log has the error."),
    ],
)
def test_each_problem_comes_with_what_to_do(state, row, what_to_do, monkeypatch):
    monkeypatch.setattr("netbox_plugin_reloader.ui.advice.management_command", "manage.py {}".format)
    said = advice(state, row)
    assert said.startswith(what_to_do)
    assert bool(said) is bool(what_to_do)
