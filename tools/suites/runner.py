"""Django's test runner, which also writes what became of each test to the file NETBOX_SUITE_OUTCOMES, as JSON."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from django.test.runner import DiscoverRunner
from django.test.utils import iter_test_cases  # type: ignore[attr-defined]  # django-stubs lacks it

NOT_PASSED = {
    "errors": "error",
    "failures": "failed",
    "skipped": "skipped",
    "expectedFailures": "expected failure",
}
"""What unittest's result lists, each test with a text."""


class Runner(DiscoverRunner):
    """Leaves it to Django to find, order, spread and run the tests."""

    def run_suite(self, suite: Any, **options: Any) -> Any:
        """Run the tests and write their outcomes by their ids. A subtest that failed has an id of its own."""
        # A suite forgets its tests while it runs.
        outcomes = {test.id(): "passed" for test in iter_test_cases(suite)}
        result: Any = super().run_suite(suite, **options)
        for listed, outcome in NOT_PASSED.items():
            outcomes |= {test.id(): outcome for test, _ in getattr(result, listed)}
        outcomes |= {test.id(): "unexpected success" for test in result.unexpectedSuccesses}
        found = {"run": result.testsRun, "outcomes": outcomes}
        Path(os.environ["NETBOX_SUITE_OUTCOMES"]).write_text(json.dumps(found))
        return result
