"""What the runs showed, as a table for the terminal and as a part of docs/development/evidence.md."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from tools.releases.runs import Result

PAGE = """\
<!-- Written by `tox run -e every-release`. -->

{day}, commit `{commit}`: {passed} of {total} releases passed{others}, {jobs} at a time.

{table}
"""
HEADINGS = ("NetBox", "Python", "Result", "Tests", "Repaired", "Seconds")


def table(results: Sequence[Result]) -> str:
    """Return the results as a Markdown table."""
    lines = [f"| {' | '.join(HEADINGS)} |", "|---|---|---|--:|--:|--:|"]
    for result in results:
        outcome = {True: "passed", False: "**failed**", None: "not run"}[result.passed]
        figures: tuple[object, ...] = (result.tests, result.repaired, result.seconds)
        cells = (result.netbox, result.python, outcome, *(figures if result.repaired is not None else ("", "", "")))
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def page(results: Sequence[Result], commit: str, day: date, jobs: int) -> str:
    """Return the part of the documentation."""
    passed = sum(result.passed is True for result in results)
    not_run = sum(result.passed is None for result in results)
    return PAGE.format(
        day=day,
        commit=commit[:12],
        passed=passed,
        total=len(results),
        others=f", not run: {not_run}" if not_run else "",
        jobs=jobs,
        table=table(results),
    )
