"""Every plugin model is offered in every form of NetBox that should offer it, whatever the PLUGINS order."""

from __future__ import annotations

import pytest

from tests.netbox.startup.test_startup import OURS, PLUGINS, with_us


@pytest.mark.main
def test_the_defect_is_there_without_us(probe, strategy):
    found = probe("choices.py", plugins=PLUGINS)
    assert OURS not in found["installed"]
    assert found["report"] is None
    short = {path for path, labels in found["missing"].items() if "late_models.late" in labels}
    forms = set(found["missing"])
    assert len(forms) >= 25
    # late_models.late has no contacts, jobs or images, and everything that is offered for these is another model's.
    others = {row.path for row in strategy.querysets if row.feature in ("contacts", "image_attachments", "jobs")}
    assert short == (forms - others if strategy.querysets_freeze else set())


@pytest.mark.parametrize(
    ("plugins", "stage"),
    [
        pytest.param(with_us(0), "started", marks=pytest.mark.main, id="first"),
        pytest.param(with_us(2), "started", marks=pytest.mark.main, id="middle"),
        pytest.param(with_us(2), "web", marks=pytest.mark.main, id="middle, in a web process"),
        pytest.param(with_us(), "started", marks=pytest.mark.main, id="last"),
        pytest.param([*reversed(PLUGINS), OURS], "started", id="last and reversed"),
    ],
)
def test_nothing_is_missing_with_us(probe, strategy, plugins, stage):
    found = probe("choices.py", plugins=plugins, stage=stage)
    assert OURS in found["installed"]
    assert set(found["missing"]) == {row.path for row in strategy.querysets if "Form" in row.class_name}
    assert not any(found["missing"].values())
    assert not any(found["extra"].values())


def test_the_report_names_field_plugin_and_models(probe, strategy):
    found = probe("startup.py", plugins=with_us(0))
    rows = {
        (row["subject"], row["plugin"]): row["names"]
        for row in found["report"]["repairs"]
        if row["kind"] == "choice list" and row["plugin"] != "netbox"
    }
    if strategy.querysets_freeze:
        assert rows["extras.forms.model_forms.TagForm.object_types", "late_models"] == ["late_models.late"]
        assert rows["extras.forms.filtersets.ImageAttachmentFilterForm.object_type_id", "plain_models"] == [
            "plain_models.everything"
        ]
        # The app that own_django_apps brings along is registered by us, when all plugins are ready.
        without = {"early_forms", "own_django_apps", "namesake"}
        assert {plugin for _, plugin in rows} == {"companion", *PLUGINS} - without
    else:
        assert not rows
