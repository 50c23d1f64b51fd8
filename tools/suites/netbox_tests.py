"""NetBox's own tests, and those that plugins ship, end alike without us and with us: ``tox run -e netbox-tests-45``.

What was run at this commit of ours is not run again, unless pytest's ``--cache-clear`` says so. The evidence's page is
written when each suite was run on the last release of each line. ``-k bgp`` chooses a suite.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.lab.not_run import open_or_skip
from tests.lab.source import SUPPORTED, asked_release
from tests.netbox.__main__ import requirements
from tools.evidence import Evidence, table

HERE = Path(__file__).parent
DECISIVE = ("tests/lab", "tests/netbox/real_plugins", "tools/suites")
"""What decides about the result of a run without us."""
PACKAGE = "netbox_plugin_reloader"
"""What else decides about one with us."""
TIMEOUT = 7200
"""Seconds after which a run is given up."""
FAILED = ("error", "failed", "unexpected success")
HEADINGS = """\
| NetBox | Tests of | run without us | run with us | Differences | Failures in both | Seconds, without and with |
|---|---|--:|--:|--:|--:|--:|"""
FAILURES = """

<details markdown="1">
<summary>The tests that fail without this package and with it</summary>
{failures}
</details>"""


@dataclass(frozen=True)
class Suite:
    """Tests that a project ships: the plugins that NetBox needs for them, and what Django is told to test."""

    name: str
    plugins: tuple[str, ...]
    labels: tuple[str, ...]
    processes: int = 1

    def requirements(self, release: str) -> Path:
        """Return the pins to install beside those of a NetBox release."""
        return HERE / "requirements.txt" if self.processes > 1 else requirements(release)


NETBOX_APPS = ("core", "extras", "netbox", "tenancy", "users", "utilities")
SUITES = (
    # Its tests need the plugin that NetBox's own configuration for tests names.
    Suite("NetBox", ("netbox.tests.dummy_plugin",), NETBOX_APPS, processes=2),
    Suite("netbox-bgp", ("netbox_bgp",), ("netbox_bgp",)),
    Suite("netbox-inventory", ("netbox_inventory",), ("netbox_inventory",)),
)


@pytest.fixture(scope="session")
def evidence(pytestconfig: pytest.Config) -> Iterator[dict[bool, Evidence]]:
    """Return what was shown without us, and with us. In the end, the page is written if that is all there is to show.

    A run without us stays valid when the package changes.
    """
    evidence = {False: Evidence(pytestconfig.cache, *DECISIVE), True: Evidence(pytestconfig.cache, *DECISIVE, PACKAGE)}
    yield evidence
    pairs = {
        (row["last_tag"], suite.name): [
            shown.recall(name(row["last_tag"], suite, us)) for us, shown in evidence.items()
        ]
        for row in SUPPORTED
        for suite in SUITES
    }
    if all(all(pair) for pair in pairs.values()):
        evidence[True].write("netbox-tests.md", "tox run -e netbox-tests-42` to `netbox-tests-47", described(pairs))


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)
def test_all_ends_alike_without_us_and_with_us(suite: Suite, evidence: dict[bool, Evidence], tmp_path: Path) -> None:
    """The same tests are run, and each ends in the same way."""
    release = asked_release()
    pair = []
    for us, shown in evidence.items():
        result = shown.recall(name(release, suite, us))
        if not result:
            result = run(suite, release, tmp_path / f"{us}.json", reloader=us)
            shown.keep(name(release, suite, us), result)
        pair.append(result)
    assert differences(*pair) == {}
    assert pair[0]["run"] == pair[1]["run"] > 0


def name(release: str, suite: Suite, reloader: bool) -> str:
    """Return under which name a run is remembered."""
    return f"{release}-{suite.name}-{'with' if reloader else 'without'}"


def run(suite: Suite, release: str, outcomes: Path, *, reloader: bool) -> dict[str, Any]:
    """Run a suite without us, or with us as the last plugin, and return what it showed.

    ``run`` is the number of tests, ``outcomes`` what became of each by its id (tools.suites.runner). Skips the test of
    pytest where there is no NetBox to run on and that may be left out. Raises LabError, subprocess.TimeoutExpired after
    TIMEOUT, and FileNotFoundError when the suite does not come to an end.
    """
    opened = open_or_skip(
        release,
        plugins=suite.plugins,
        reloader=reloader,
        requirements=suite.requirements(release),
        configuration=HERE / "configuration.py",
    )
    with opened as netbox:
        command = netbox.inside("manage", "test", *suite.labels, "--noinput")
        command += ["--testrunner", "tools.suites.runner.Runner", "--parallel", str(suite.processes)]
        environ = {**netbox.environ, "NETBOX_SUITE_OUTCOMES": str(outcomes)}
        started = time.monotonic()
        subprocess.run(command, cwd=netbox.root, env=environ, stdin=subprocess.DEVNULL, timeout=TIMEOUT, check=False)
    return {**json.loads(outcomes.read_text()), "seconds": round(time.monotonic() - started)}


def differences(without: Mapping[str, Any], with_us: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return by its id each test that ended differently, with both outcomes; "not run" stands for none."""
    before, after = without["outcomes"], with_us["outcomes"]
    return {
        name: (before.get(name, "not run"), after.get(name, "not run"))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    }


def described(pairs: Mapping[tuple[str, str], Sequence[Mapping[str, Any]]]) -> str:
    """Return what the evidence's page says of the runs without us and with us of each release's suites."""
    rows, failures = [], []
    for (release, suite), (without, with_us) in pairs.items():
        before, after = (
            {name for name, outcome in result["outcomes"].items() if outcome in FAILED} for result in (without, with_us)
        )
        both = sorted(before & after)
        if both:
            failures.append(f"\n{suite} on NetBox {release}:\n\n" + "".join(f"- `{name}`\n" for name in both))
        figures = (without["run"], with_us["run"], len(differences(without, with_us)), len(both))
        rows.append((release, suite, *figures, f"{without['seconds']}, {with_us['seconds']}"))
    total = sum(len(differences(*pair)) for pair in pairs.values())
    listed = FAILURES.format(failures="".join(failures)) if failures else ""
    return f"{total} tests end differently.\n\n{table(HEADINGS, rows)}{listed}"
