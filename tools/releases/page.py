"""What the runs showed, as a table for the terminal and as a page of the documentation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from tools.releases.runs import Result

PAGE = """\
# Verified releases

<!-- Written by `tox run -e every-release`. -->

Every final release of NetBox 4.2 and later, and the tested beta of a line that has no final release yet, was run with
this package on {day}, at commit `{commit}`: {passed} of {total} passed{others}.

On each, the brief part of the contract suite starts a real NetBox with the test plugins of `tests/plugins`, and tests
start-up, inventory and repair: that all we use of NetBox's internals is there, that the tables of frozen fields agree
with NetBox's source, that choice lists are complete in a web process, that models that were missed are registered, that
doubled views go, and that the rows of object types are put right.

- **Tests** were run and none failed; those that do not apply to a line are not counted.
- **Repaired** is the number of repairs in the report of the start-up pass. Up to NetBox 4.3 it includes the choice
  lists that are frozen there.
- **Seconds** are those of the whole run, with clone, environment and tables, {jobs} releases at a time, on a machine
  with other work.

`tox run -e every-release` does it again. The first and the last release of each line are tested with the whole suite:
see [Compatibility](compatibility.md).

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
    """Return the page of the documentation."""
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
