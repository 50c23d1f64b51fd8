"""What the runs showed, as a part of docs/development/evidence.md."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from tests.lab.source import SUPPORTED
from tools.suites.suites import SUITES, Comparison, Suite

PAGE = """\
<!-- Written by `tox run -e netbox-tests-42` to `netbox-tests-47`. -->

{day}, commit `{commit}`, Python 3.12:

{table}
{failures}"""
FAILURES = """
<details markdown="1">
<summary>The tests that fail without this package and with it</summary>
{failures}
</details>
"""
HEADINGS = (
    "| NetBox | Tests of | run without us | run with us | Differences | Failures in both | Seconds, without and with |"
)


def page(compared: Mapping[tuple[str, str], Comparison], commit: str, day: date) -> str:
    """Return the part for what was compared of each NetBox release and suite; what was not is named as missing."""
    lines = [HEADINGS, "|---|---|--:|--:|--:|--:|--:|"]
    failures = []
    for row in SUPPORTED:
        release = row["last_tag"]
        for suite in SUITES:
            comparison = compared.get((release, suite.name))
            lines.append(_row(release, suite, comparison))
            both = sorted(comparison.without.failures & comparison.with_us.failures) if comparison else []
            if both:
                failures.append(f"\n{suite.name} on NetBox {release}:\n\n" + "".join(f"- `{name}`\n" for name in both))
    listed = FAILURES.format(failures="".join(failures)) if failures else ""
    return PAGE.format(commit=commit[:12], day=day, table="\n".join(lines), failures=listed)


def _row(release: str, suite: Suite, comparison: Comparison | None) -> str:
    if not comparison:
        return f"| {release} | {suite.name} | not run | not run | | | |"
    without, with_us = comparison.without, comparison.with_us
    both = len(without.failures & with_us.failures)
    return (
        f"| {release} | {suite.name} | {without.run} | {with_us.run} | {len(comparison.differences)} | {both} "
        f"| {without.seconds}, {with_us.seconds} |"
    )
