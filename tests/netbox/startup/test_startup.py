"""At start-up the pass runs once, after the last plugin's ready(), and leaves NetBox's modules and database alone."""

from __future__ import annotations

import pytest

from netbox_plugin_reloader.compat import SUPPORTED

OURS = "netbox_plugin_reloader"
# What every process of NetBox loads of ours, before it does anything: each module costs it a third of a millisecond.
# The pages, the REST API, the checks, the rows of object types and all that concerns other processes come when used.
LOADED = {
    "compat",
    "compat.base",
    "configuration",
    "loaded",
    "navigation",
    "plugins",
    "processes",
    "processes.host",
    "repair",
    "repair.duplicate_views",
    "repair.early_imports",
    "repair.outcome",
    "repair.registration",
    "repair.reload_pass",
    "repair.snapshots",
    "report",
    "startup",
    "startup.after_ready",
    "startup.background_worker",
    "startup.migrating",
    "startup.passes",
    "version",
}
LOADED_WHERE_QUERYSETS_FREEZE = {"repair.class_querysets", "repair.feature_copies", "repair.live_querysets"}
PLUGINS = ["early_forms", "late_models", "own_django_apps", "plain_models", "raising_models", "doubled_views"]


def with_us(position):
    """Return PLUGINS with us at ``position``; other tests ask more of the same processes."""
    return [*PLUGINS[:position], OURS, *PLUGINS[position:]]


@pytest.mark.main
@pytest.mark.parametrize("position", [0, 2, len(PLUGINS)], ids=["first", "middle", "last"])
def test_the_pass_follows_the_last_plugin(probe, position):
    plugins = with_us(position)
    found = probe("startup.py", plugins=plugins)
    assert found["order"] == ["ready", "pass"]
    assert found["modules of NetBox"] >= 100
    assert found["imported"] == []
    assert found["connected"] == []
    assert found["wrapped"] == []
    assert {plugin["name"] for plugin in found["report"]["plugins"]} == set(plugins)
    repaired = {row["plugin"] for row in found["report"]["repairs"]}
    assert {"raising_models", "doubled_views"} <= repaired


def test_a_second_ready_of_the_last_plugin_is_its_own(probe):
    found = probe("startup.py", "ready-again", plugins=[OURS, "late_models"])
    assert found["order"] == ["ready", "pass"]


def test_another_replacement_of_ready_is_respected(probe):
    found = probe("startup.py", "replaced", plugins=["late_models", OURS, "plain_models"])
    assert found["order"] == ["ready", "replacement", "pass"]
    assert found["wrapped"] == ["plain_models"]


@pytest.mark.parametrize("plugins", [["late_models", OURS], ["early_forms", OURS, "late_models", "forgotten_ready"]])
def test_a_process_loads_what_a_pass_needs_and_no_more(probe, strategy, plugins):
    found = probe("startup.py", "plain", plugins=plugins)["ours"]
    lines = [row.strategy for row in SUPPORTED]
    expected = LOADED | {f"compat.{name}" for name in lines[: lines.index(f"v{strategy.line.replace('.', '_')}") + 1]}
    if strategy.querysets_freeze:
        expected |= LOADED_WHERE_QUERYSETS_FREEZE
    assert set(found) == {OURS, *(f"{OURS}.{name}" for name in expected)}
