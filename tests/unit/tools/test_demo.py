"""The demonstration says what is lacking without us and with us, and succeeds only if nothing is lacking with us."""

from __future__ import annotations

import subprocess

import pytest

from tests.lab.errors import LabError
from tests.recycling.measuring import Figures, Phase
from tools.demo import __main__ as demo
from tools.demo.compare import MEANING, ROWS, Comparison

FORMS = ("CustomFieldForm.object_types", "TagForm.object_types")
COMPLETE = {
    "lists of event types": {"EventRuleForm.event_types": []},
    "choice lists": {form: [] for form in FORMS},
    "sets of tabs": {"dcim.site": []},
    ROWS: {"dcim.site": [], "zoo.animal": []},
}
WITHOUT = {
    **COMPLETE,
    "choice lists": {form: ["zoo.animal", "zoo.sound"] for form in FORMS},
    "sets of tabs": {"dcim.site": ["animals"]},
}


def test_what_differs_is_told_by_kind_and_the_rest_in_one_line():
    comparison = Comparison(WITHOUT, COMPLETE)
    text = "\n".join(comparison.lines())
    assert f"Choice lists: 2 of 2 are wrong without us. {MEANING['choice lists']}" in text
    assert f"\n  {FORMS[0]}: missing without us: zoo.animal, zoo.sound; with us: nothing\n" in text
    assert "\n  dcim.site: twice without us: animals; with us: nothing\n" in text
    assert comparison.left == 0
    assert comparison.sentence("4.7.3") == (
        "Shown: on NetBox 4.7.3, 2 of 2 choice lists, 1 of 1 sets of tabs are wrong without NetBox Plugin Reloader, "
        "and none with it."
    )


@pytest.mark.parametrize("kind", COMPLETE)
def test_what_is_lacking_with_us_counts_and_is_named(kind):
    subject = next(iter(COMPLETE[kind]))
    comparison = Comparison(COMPLETE, {**COMPLETE, kind: {**COMPLETE[kind], subject: ["zoo.gone"]}})
    assert comparison.left == 1
    assert "with us: zoo.gone" in "\n".join(comparison.lines())
    assert comparison.sentence("4.7.3").endswith(", and 1 with it.")


@pytest.mark.parametrize("kind", COMPLETE)
def test_nothing_looked_at_is_no_success(kind):
    with pytest.raises(LabError, match=kind):
        Comparison(COMPLETE, {**COMPLETE, kind: {}})


def test_up_to_netbox_4_3_there_are_no_rows():
    without_rows = {kind: subjects for kind, subjects in COMPLETE.items() if kind != ROWS}
    assert Comparison(without_rows, without_rows).left == 0
    with pytest.raises(LabError):
        Comparison(COMPLETE, without_rows)


def phase(*, status=0, after=frozenset({3, 4}), seen=frozenset({200}), requests=9, lost=()):
    done = subprocess.CompletedProcess([], status, "2 workers replaced.", "")
    return Phase(done, {1, 2}, set(after), set(seen), Figures(requests, dict(lost), 0, 1.5, 0.1, 1.0))


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": 1},
        {"after": {2, 3}},
        {"after": set()},
        {"seen": {200, 404}},
        {"seen": set()},
        {"requests": 0},
        {"lost": {"status 502": 1}.items()},
    ],
)
def test_a_reload_that_went_wrong_is_no_success(wrong, capsys):
    assert demo.report(phase(), {404}, "zoo==1.0")
    assert "is loaded in all workers without a restart; of 9 requests none failed" in capsys.readouterr().out
    assert not demo.report(phase(**wrong), {404}, "zoo==1.0")


@pytest.mark.parametrize("release", [demo.NEWEST, demo.OLD])
def test_the_plugins_of_the_demonstration_have_pins(release):
    wanted = {*demo.PLUGINS.values(), demo.NEW_DISTRIBUTION}
    assert wanted <= demo.pins(release).keys()
