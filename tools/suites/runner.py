"""Django's test runner, which also writes what became of each test to the file NETBOX_SUITE_OUTCOMES, as JSON."""

from __future__ import annotations

import json
import os
import unittest
from pathlib import Path
from typing import Any

from django.test.runner import DiscoverRunner


class Result(unittest.TextTestResult):
    """Remembers each test's outcome by its id; a subtest has an id of its own, and is remembered if it failed."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.outcomes: dict[str, str] = {}

    def addSuccess(self, test: unittest.TestCase) -> None:  # noqa: N802  unittest's name, as those below
        super().addSuccess(test)
        self.outcomes.setdefault(test.id(), "passed")

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802
        super().addFailure(test, err)
        self.outcomes[test.id()] = "failed"

    def addError(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802
        super().addError(test, err)
        self.outcomes[test.id()] = "error"

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:  # noqa: N802
        super().addSkip(test, reason)
        self.outcomes[test.id()] = "skipped"

    def addExpectedFailure(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802
        super().addExpectedFailure(test, err)
        self.outcomes[test.id()] = "expected failure"

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:  # noqa: N802
        super().addUnexpectedSuccess(test)
        self.outcomes[test.id()] = "unexpected success"

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:  # noqa: N802
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.outcomes[subtest.id()] = "failed" if issubclass(err[0], test.failureException) else "error"


class Runner(DiscoverRunner):
    """Leaves it to Django to find, order, spread and run the tests."""

    def get_resultclass(self) -> type[Result]:
        """Return the class that remembers outcomes."""
        return Result

    def run_suite(self, suite: Any, **options: Any) -> Any:
        """Run the tests and write their outcomes."""
        result: Any = super().run_suite(suite, **options)
        found = {"run": result.testsRun, "outcomes": result.outcomes}
        Path(os.environ["NETBOX_SUITE_OUTCOMES"]).write_text(json.dumps(found))
        return result
