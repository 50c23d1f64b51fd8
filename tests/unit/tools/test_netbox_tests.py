"""Two runs of a test suite are alike only if each test ended alike."""

from __future__ import annotations

import json
import unittest
from types import SimpleNamespace

import pytest

from tools.suites import netbox_tests
from tools.suites.netbox_tests import SUITES, described, differences
from tools.suites.runner import Runner

WITHOUT = {"run": 3, "outcomes": {"a": "passed", "b": "failed", "c": "skipped"}, "seconds": 60}


def test_the_page_counts_differences_and_names_what_fails_in_both():
    with_us = {"run": 4, "outcomes": {**WITHOUT["outcomes"], "a": "failed", "d": "passed"}, "seconds": 61}
    text = described({("4.5.10", "NetBox"): (WITHOUT, with_us), ("4.5.10", "netbox-bgp"): (WITHOUT, WITHOUT)})
    assert text.startswith("2 tests end differently.\n\n")
    assert "| 4.5.10 | NetBox | 3 | 4 | 2 | 1 | 60, 61 |" in text
    assert "| 4.5.10 | netbox-bgp | 3 | 3 | 0 | 1 | 60, 60 |" in text
    assert "NetBox on NetBox 4.5.10:\n\n- `b`\n" in text


@pytest.mark.parametrize(
    ("outcomes", "difference"),
    [
        ({"a": "passed", "b": "failed", "c": "skipped"}, {}),
        ({"a": "failed", "b": "failed", "c": "skipped"}, {"a": ("passed", "failed")}),
        ({"a": "passed", "b": "error", "c": "skipped"}, {"b": ("failed", "error")}),
        ({"a": "passed", "b": "failed"}, {"c": ("skipped", "not run")}),
        ({**WITHOUT["outcomes"], "d": "passed"}, {"d": ("not run", "passed")}),
    ],
)
def test_a_test_that_ends_otherwise_is_named(outcomes, difference):
    assert differences(WITHOUT, {"outcomes": outcomes}) == difference


@pytest.mark.parametrize(
    ("without", "with_us"),
    [
        ({"run": 0, "outcomes": {}}, {"run": 0, "outcomes": {}}),
        (WITHOUT, {**WITHOUT, "run": 2}),
        (WITHOUT, {**WITHOUT, "outcomes": {"a": "passed"}}),
    ],
)
def test_a_suite_that_shows_a_difference_or_nothing_fails(monkeypatch, tmp_path, without, with_us):
    monkeypatch.setattr(netbox_tests, "asked_release", lambda: "4.5.10")
    evidence = {us: SimpleNamespace(recall=lambda name, run=run: run) for us, run in enumerate((without, with_us))}
    with pytest.raises(AssertionError):
        netbox_tests.test_all_ends_alike_without_us_and_with_us(SUITES[0], evidence, tmp_path)


class Ending(unittest.TestCase):
    """Its tests end in each way there is. pytest leaves them alone."""

    __test__ = False

    def passed(self):
        pass

    def skipped(self):
        self.skipTest("why not")

    def failed(self):
        self.fail()

    def error(self):
        raise ValueError

    @unittest.expectedFailure
    def expected_failure(self):
        self.fail()

    @unittest.expectedFailure
    def unexpected_success(self):
        pass

    def subtests(self):
        for number in (1, 2):
            with self.subTest(number=number):
                self.assertEqual(number, 1)


def test_each_outcome_is_written_by_the_id_of_its_test(tmp_path, monkeypatch):
    path = tmp_path / "outcomes.json"
    monkeypatch.setenv("NETBOX_SUITE_OUTCOMES", str(path))
    names = [name for name, value in vars(Ending).items() if callable(value)]
    Runner(verbosity=0).run_suite(unittest.TestSuite(map(Ending, names)))
    found = json.loads(path.read_text())
    assert found["run"] == len(names) == 7
    ended = {name.rpartition("Ending.")[2]: outcome for name, outcome in found["outcomes"].items()}
    assert ended.pop("subtests (number=2)") == "failed"
    assert ended == {name: name.replace("_", " ") for name in names if name != "subtests"}
