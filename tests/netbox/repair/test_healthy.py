"""What is right stays as it is: a dump of a healthy NetBox is the same before and after each pass."""

from __future__ import annotations

import json

import pytest

from tests.netbox.startup.test_startup import HEALTHY, OURS, with_us

FROZEN_BY_NETBOX = (
    "bulk_edit.EventRuleBulkEditForm.event_types",
    "bulk_import.EventRuleImportForm.event_types",
    "model_forms.EventRuleForm.event_types",
)


@pytest.mark.main
def test_nothing_changes_and_check_is_silent_where_nothing_is_wrong(run_probe, strategy):
    done = run_probe("healthy.py", plugins=[*HEALTHY, OURS])
    assert done.returncode == 0, done.stderr
    *printed, found = done.stdout.splitlines()
    printed = "\n".join(printed) + done.stderr
    # Django says so on one stream or the other, and misses the documentation that a checkout has not built.
    assert "System check identified" in printed
    assert f"({OURS}." not in printed
    first, second = json.loads(found)
    # NetBox loads its forms before any plugin is ready from 4.7 on (extras/apps.py), so they lack all event types.
    repaired = {row["subject"]: row["names"] for row in first["report"]["repairs"]}
    frozen = FROZEN_BY_NETBOX if strategy.line >= "4.7" else ()
    assert repaired == {f"extras.forms.{field}": ["late_resources.happened"] for field in frozen}
    assert first["changed"].keys() == ({"fields"} if repaired else set())
    assert (second["changed"], second["report"]["repairs"]) == ({}, [])
    for found in (first, second):
        assert found["report"]["early_imports"] == []
        assert found["report"]["failures"] == []
        assert found["sizes"]["registry"] > 10_000
    # In a web process NetBox's forms and navigation are loaded.
    assert second["sizes"]["fields"] > 10_000
    assert second["sizes"]["menus"] > 500


def test_check_prints_what_is_not_healthy(run_probe):
    done = run_probe("manage.py", "check", plugins=with_us(), stage="urlconf")
    assert f"({OURS}.W006)" in done.stdout + done.stderr
