from __future__ import annotations

import dataclasses
import json

import pytest

from netbox_plugin_reloader.report import Kind, PluginSummary, Report, Row

REPORT = Report(
    netbox_version="4.5.10",
    strategy="4.5",
    version="4.5.5",
    plugins=(PluginSummary("one", "1.0", 3), PluginSummary("two", "", 4)),
    repairs=(Row(Kind.VIEWS, "one", "one.thing", ("journal", "journal")),),
    findings=(Row(Kind.OBJECT_TYPES, "two", "two.thing", ("missing",)),),
    failures=(Row(Kind.REGISTRATION, "two", "two.thing", ("ValueError: no",)),),
)


def test_a_report_survives_json():
    assert json.loads(json.dumps(REPORT.as_dict())) == {
        "netbox_version": "4.5.10",
        "strategy": "4.5",
        "version": "4.5.5",
        "plugins": [
            {"name": "one", "version": "1.0", "models": 3},
            {"name": "two", "version": "", "models": 4},
        ],
        "repairs": [
            {"kind": "views", "plugin": "one", "subject": "one.thing", "names": ["journal", "journal"]},
        ],
        "findings": [
            {"kind": "object type", "plugin": "two", "subject": "two.thing", "names": ["missing"]},
        ],
        "conflicts": [],
        "failures": [
            {"kind": "model registration", "plugin": "two", "subject": "two.thing", "names": ["ValueError: no"]},
        ],
    }


def test_a_report_reads_as_text_with_failures_first():
    assert str(REPORT).splitlines() == [
        REPORT.summary(),
        "failed: two: model registration two.thing: ValueError: no",
        "found, and left alone: two: object type two.thing: missing",
        "repaired: one: views one.thing: journal, journal",
    ]


def test_the_summary_is_one_line():
    assert REPORT.summary() == (
        "NetBox Plugin Reloader 4.5.5 on NetBox 4.5.10 (strategy 4.5): "
        "2 plugins, 7 models, 1 repaired, 1 left alone, 0 in conflict, 1 failed"
    )


def test_a_report_is_immutable():
    with pytest.raises(dataclasses.FrozenInstanceError):
        REPORT.repairs = ()
    with pytest.raises(dataclasses.FrozenInstanceError):
        REPORT.repairs[0].plugin = "other"
