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
UNREGISTERED = {"forgotten_ready", "raising_models", "dotted.inner_plugin"}
PLUGINS = [
    *("early_forms", "late_models", "own_django_apps", "plain_models", "doubled_views", *sorted(UNREGISTERED)),
    *("late_resources", "namesake"),
]
"""Other tests ask more of the processes that are started with these, and with us among them."""


def with_us(position=99):
    """Return PLUGINS with us at ``position``, or last."""
    return [*PLUGINS[:position], OURS, *PLUGINS[position:]]


HEALTHY = ["late_models", "late_resources", "plain_models"]
HEALTHY_WITH_US = [OURS, *HEALTHY, "failing_views"]
"""Nothing is wrong there, as long as the views do not fail. Others ask more of these processes too."""


@pytest.mark.main
@pytest.mark.parametrize("position", [0, 2, len(PLUGINS)], ids=["first", "middle", "last"])
def test_the_pass_follows_the_last_plugin(probe, position):
    plugins = with_us(position)
    found = probe("startup.py", plugins=plugins)
    assert found["order"] == ["ready", "last", "pass"]
    assert found["modules of NetBox"] >= 100
    assert found["imported"] == []
    assert found["connected"] == []
    assert found["wrapped"] == []
    assert {plugin["name"] for plugin in found["report"]["plugins"]} == set(plugins)
    repaired = {row["plugin"] for row in found["report"]["repairs"]}
    assert {"raising_models", "doubled_views"} <= repaired
    # So nobody has called get_models(), which raising_models does not allow.
    assert found["report"]["failures"] == []


def test_a_second_ready_of_the_last_plugin_is_its_own(probe):
    found = probe("startup.py", "ready-again", plugins=with_us(0))
    assert found["order"] == ["ready", "last", "pass"]


def test_another_replacement_of_ready_is_respected(probe):
    found = probe("startup.py", "replaced", plugins=["late_models", OURS, "plain_models"], stage="settings")
    assert found["order"] == ["ready", "replacement", "pass"]
    assert found["wrapped"] == ["plain_models"]


@pytest.mark.parametrize("plugins", [HEALTHY_WITH_US, with_us(2)])
def test_a_process_loads_what_a_pass_needs_and_no_more(probe, strategy, plugins):
    found = probe("startup.py", plugins=plugins)["ours"]
    lines = [row.strategy for row in SUPPORTED]
    expected = LOADED | {f"compat.{name}" for name in lines[: lines.index(f"v{strategy.line.replace('.', '_')}") + 1]}
    if strategy.querysets_freeze:
        expected |= LOADED_WHERE_QUERYSETS_FREEZE
    assert set(found) == {OURS, *(f"{OURS}.{name}" for name in expected)}
