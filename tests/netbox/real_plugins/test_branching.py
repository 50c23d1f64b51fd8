"""netbox-branching, which copies the change-logged models for itself: it branches those of every plugin."""

from __future__ import annotations

from pathlib import Path

import pytest

OURS = "netbox_plugin_reloader"
BRANCHING = "netbox_branching"
BEFORE, AFTER = "netbox_bgp", "netbox_inventory"
CONFIGURATION = str(Path(__file__).with_name("branching_configuration.py"))


@pytest.fixture
def branching(probe):
    return lambda *plugins: probe("branching.py", plugins=list(plugins), NETBOX_LAB_CONFIGURATION=CONFIGURATION)


def apps(labels):
    return {label.partition(".")[0] for label in labels}


def test_it_writes_later_plugins_to_the_main_schema_without_us(branching):
    found = branching(BEFORE, BRANCHING, AFTER)
    assert apps(found["branched"]) == {BEFORE}
    assert apps(found["not_branched"]) == {AFTER}


@pytest.mark.parametrize("plugins", [(OURS, BRANCHING, AFTER), (BRANCHING, AFTER, OURS)], ids=["first", "last"])
def test_it_branches_later_plugins_with_us(branching, plugins):
    found = branching(BEFORE, *plugins)
    assert apps(found["branched"]) == {BEFORE, AFTER}
    assert found["not_branched"] == []
    ((kind, names),) = [
        (row["kind"], row["names"]) for row in found["report"]["repairs"] if row["subject"] == "branching"
    ]
    assert kind == "model feature"
    assert set(names) == {label for label in found["branched"] if label.startswith(f"{AFTER}.")}
    assert found["report"]["failures"] == []


def test_nothing_is_done_where_nothing_is_missing(branching):
    found = branching(AFTER, BRANCHING, OURS)
    assert found["not_branched"] == []
    assert [row for row in found["report"]["repairs"] if row["subject"] == "branching"] == []
