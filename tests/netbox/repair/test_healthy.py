"""What is right stays as it is: a dump of a healthy NetBox is the same before and after each pass."""

from __future__ import annotations

import json


def test_nothing_changes_where_nothing_is_wrong(run_probe, frozen_by_netbox):
    done = run_probe("healthy.py", plugins=["late_models", "late_resources", "plain_models", "netbox_plugin_reloader"])
    assert done.returncode == 0, done.stderr
    first, second = json.loads(done.stdout.splitlines()[-1])
    assert {row["subject"] for row in first["report"]["repairs"]} == frozen_by_netbox
    for found in (first, second):
        if found is second or not frozen_by_netbox:
            assert found["changed"] == {}
            assert found["report"]["repairs"] == []
        assert found["report"]["failures"] == []
        assert found["sizes"]["registry"] > 10_000
    # In a web process NetBox's forms and navigation are loaded.
    assert second["sizes"]["fields"] > 10_000
    assert second["sizes"]["menus"] > 500
