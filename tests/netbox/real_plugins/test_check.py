"""``check`` on a healthy NetBox with well-known plugins prints nothing of ours, wherever we stand."""

from __future__ import annotations

import re

import pytest

from tests.netbox.__main__ import plugins_of, requirements

OURS = "netbox_plugin_reloader"
WELL_KNOWN = ("netbox_attachments", "netbox_bgp", "netbox_inventory", "netbox_dns", "netbox_lifecycle")


@pytest.mark.parametrize("place", ["first", "last"])
def test_check_prints_nothing_of_ours(run_probe, strategy, place):
    installed = plugins_of(requirements(strategy.line))
    chosen = [name for name in WELL_KNOWN if name in installed]
    # NetBox, or another plugin, may not yet go with one of them.
    assert len(chosen) >= 4, installed
    done = run_probe("manage.py", "check", plugins=[OURS, *chosen] if place == "first" else [*chosen, OURS])
    assert done.returncode == 0, done.stderr
    printed = re.findall(rf"\({OURS}\.(\w+)\) (\S+)", done.stdout + done.stderr)
    if strategy.querysets_freeze:
        # Whoever loads the forms there leaves the models of those behind out.
        assert {number for number, _ in printed} <= {"I012"}
        assert {culprit for _, culprit in printed} <= set(chosen)
    else:
        assert printed == []
        assert "System check identified" in done.stdout + done.stderr
