"""At start-up the pass runs once, after the last plugin's ready(), and leaves NetBox's modules and database alone."""

from __future__ import annotations

import pytest

OURS = "netbox_plugin_reloader"
PLUGINS = ["early_forms", "late_models", "own_django_apps", "raising_models", "doubled_views"]


@pytest.mark.parametrize("position", [pytest.param(0, marks=pytest.mark.brief), 2, len(PLUGINS)])
def test_the_pass_follows_the_last_plugin(probe, position):
    plugins = [*PLUGINS[:position], OURS, *PLUGINS[position:]]
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
