"""Real plugins in every PLUGINS order, and ourselves anywhere among them: nothing is missing from NetBox's forms."""

from __future__ import annotations

import itertools

import pytest

OURS = "netbox_plugin_reloader"
PLUGINS = ("netbox_attachments", "netbox_bgp", "netbox_inventory")
ORDERS = list(itertools.permutations(PLUGINS))


def incomplete(found):
    return sorted(path for path, labels in found["missing"].items() if labels)


def test_the_defect_is_there_without_us(probe, strategy):
    short = {order: incomplete(probe("choices.py", plugins=list(order))) for order in ORDERS}
    for order, paths in short.items():
        print(f"without us: {len(paths):2} choice lists lack a model: {' '.join(order)}")
    # netbox_attachments loads NetBox's forms, so what comes before it is offered, and what follows is not.
    for order, paths in short.items():
        expected = strategy.querysets_freeze and order[-1] != "netbox_attachments"
        assert bool(paths) is expected, order
    if strategy.querysets_freeze:
        assert len(short[PLUGINS]) >= 23


# Ourselves first, in the middle and last, each in orders that are short without us.
@pytest.mark.parametrize(("order", "position"), zip(ORDERS, itertools.cycle([0, 1, len(PLUGINS)])), ids=str)
def test_nothing_is_missing_with_us(probe, order, position):
    process = ["web"] if position == 1 else []
    found = probe("choices.py", *process, plugins=[*order[:position], OURS, *order[position:]])
    assert OURS in found["installed"]
    assert len(found["missing"]) >= 25
    assert incomplete(found) == []
    assert not any(found["extra"].values())
    assert found["report"]["failures"] == []
