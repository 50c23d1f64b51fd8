"""What the runs showed, as a page of the documentation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from tests.lab.source import SUPPORTED
from tools.suites.suites import SUITES, Comparison, Suite

PAGE = """\
# Tests of NetBox and of plugins, with us

<!-- Written by `tox run -e netbox-tests-42` to `netbox-tests-47`. -->

NetBox's own tests of its apps {apps}, and those that two plugins ship,
were run twice on the last release of a line: without this package in `PLUGINS`, and with it as the last. What counts is
that the same tests are run and that each ends in the same way. The figures are of commit `{commit}`, {day}, on
Python 3.12; a run without this package may be of an earlier commit, as nothing in it has changed since. The seconds are
those of a machine with other work.

{table}

- **Differences** are tests that were run only once, or ended in another way.
- **Failures in both** fail without this package as they do with it. The PostgreSQL of the test bed, from PyPI, has no
  ICU, so that the tests of `NaturalOrderByManagerTest` find names in plain order; `test_graphql_filter_objects` does
  not agree with today's graphql-core, which NetBox does not pin; and the tests of tokens and of `LoadLdapConfig` want
  the configuration of NetBox's own tree. NetBox 4.6.8 has plugins' tests compare queries with counts, and look for
  GraphQL filters, that the releases of both plugins do not bring.
{failures}
`tox run -e netbox-tests-45` does it again for NetBox 4.5.
"""
HEADINGS = (
    "| NetBox | Tests of | run without us | run with us | Differences | Failures in both | Seconds, without and with |"
)


def page(compared: Mapping[tuple[str, str], Comparison], commit: str, day: date) -> str:
    """Return the page for what was compared of each NetBox release and suite; what was not is said to be missing."""
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
    apps = ", ".join(SUITES[0].labels)
    listed = f"\n## Failures in both\n{''.join(failures)}" if failures else ""
    return PAGE.format(apps=apps, commit=commit[:12], day=day, table="\n".join(lines), failures=listed)


def _row(release: str, suite: Suite, comparison: Comparison | None) -> str:
    if not comparison:
        return f"| {release} | {suite.name} | not run | not run | | | |"
    without, with_us = comparison.without, comparison.with_us
    both = len(without.failures & with_us.failures)
    return (
        f"| {release} | {suite.name} | {without.run} | {with_us.run} | {len(comparison.differences)} | {both} "
        f"| {without.seconds}, {with_us.seconds} |"
    )
