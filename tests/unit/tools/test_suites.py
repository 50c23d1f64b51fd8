"""Two runs of a test suite are alike only if each test ended alike."""

from __future__ import annotations

from datetime import date

import pytest

from tools.suites.page import page
from tools.suites.suites import Comparison, Run

WITHOUT = Run(3, {"a": "passed", "b": "failed", "c": "skipped"}, 60)


def test_the_same_failures_are_alike():
    comparison = Comparison(WITHOUT, Run(3, dict(WITHOUT.outcomes), 61))
    assert comparison.alike
    text = page({("4.5.10", "NetBox"): comparison}, "0123456789abcdef", date(2026, 11, 21))
    assert "| 4.5.10 | NetBox | 3 | 3 | 0 | 1 | 60, 61 |" in text
    assert "NetBox on NetBox 4.5.10:\n\n- `b`\n" in text
    assert "| 4.2.9 | NetBox | not run | not run | | | |" in text


@pytest.mark.parametrize(
    ("run", "outcomes", "difference"),
    [
        (3, {"a": "failed", "b": "failed", "c": "skipped"}, ("a", "passed", "failed")),
        (3, {"a": "passed", "b": "error", "c": "skipped"}, ("b", "failed", "error")),
        (2, {"a": "passed", "b": "failed"}, ("c", "skipped", "not run")),
        (4, {**WITHOUT.outcomes, "d": "passed"}, ("d", "not run", "passed")),
    ],
)
def test_a_test_that_ends_otherwise_is_named(run, outcomes, difference):
    comparison = Comparison(WITHOUT, Run(run, outcomes, 60))
    assert comparison.differences == [difference]
    assert not comparison.alike


def test_runs_without_tests_show_nothing():
    assert not Comparison(Run(0, {}, 1), Run(0, {}, 1)).alike
