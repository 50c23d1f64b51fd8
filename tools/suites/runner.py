"""Django's test runner, which also writes what became of each test to the file NETBOX_SUITE_OUTCOMES, as JSON."""

from __future__ import annotations

import json
import os
import unittest
from pathlib import Path
from typing import Any

from django.test.runner import DiscoverRunner

NOT_PASSED = {
    "errors": "error",
    "failures": "failed",
    "skipped": "skipped",
    "expectedFailures": "expected failure",
}
"""What unittest's result lists, each test with a text."""


class Result(unittest.TextTestResult):
    """Also lists the tests that passed. What a class or a module skips or fails as a whole is not run."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.successes: list[unittest.TestCase] = []

    def addSuccess(self, test: unittest.TestCase) -> None:  # noqa: N802  unittest's name
        super().addSuccess(test)
        self.successes.append(test)


class Runner(DiscoverRunner):
    """Leaves it to Django to find, order, spread and run the tests."""

    def get_resultclass(self) -> type[Result]:
        """Return the class that lists all of them."""
        return Result

    def run_suite(self, suite: Any, **options: Any) -> Any:
        """Run the tests and write their outcomes by their ids. A subtest that failed has an id of its own."""
        result: Any = super().run_suite(suite, **options)
        outcomes = {test.id(): "passed" for test in result.successes}
        for listed, outcome in NOT_PASSED.items():
            outcomes |= {test.id(): outcome for test, _ in getattr(result, listed)}
        outcomes |= {test.id(): "unexpected success" for test in result.unexpectedSuccesses}
        found = {"run": result.testsRun, "outcomes": outcomes}
        Path(os.environ["NETBOX_SUITE_OUTCOMES"]).write_text(json.dumps(found))
        return result
