"""The brief contract suite passes on every final NetBox release of a supported line: ``tox run -e every-release``.

What passed at this commit of ours is not run again, unless pytest's ``--cache-clear`` says so. The evidence's page is
written when each release has a result of this commit. ``-k 4.5.`` chooses the releases of a line, ``-k main`` a branch
of NetBox, and ``-k table`` what compares the supported table with what is published.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from packaging.version import Version

from tests.lab.errors import LabError, NetBoxUnavailable
from tests.lab.home import REPOSITORY_ROOT, Home
from tests.lab.lab import Lab
from tests.lab.not_run import left_out
from tests.lab.postgresql import postgresql_server
from tests.lab.source import BRANCHES, SOURCES, SUPPORTED, published
from tests.lab.tools import prepare_tools
from tools.evidence import Evidence, table

DECISIVE = ("netbox_plugin_reloader", "pyproject.toml", "tests/lab", "tests/netbox", "tests/plugins")
"""What decides about the result of a run."""
TIMEOUT = 3600
"""Seconds after which a run is given up."""
FINAL = re.compile(r"v?\d+(\.\d+)+")
FIGURES = ("tests", "repaired", "seconds")
HEADINGS = """\
| NetBox | Result | Tests | Repaired | Seconds |
|---|---|--:|--:|--:|"""


@cache
def tags_of(source: str) -> Sequence[str] | LabError:
    """Return what a source has published, or the error if it cannot be reached."""
    try:
        return published(source, prepare_tools(Home()))
    except LabError as error:
        return error


def final(tags: Iterable[str]) -> list[Version]:
    """Return the final releases among the tags, the oldest first."""
    return sorted(Version(tag) for tag in tags if FINAL.fullmatch(tag))


def releases_of(row: Mapping[str, str]) -> dict[str, str | LabError]:
    """Return the final releases of a row of the supported table by their names, or the error by the name "4.5.x"."""
    tags = tags_of(row["source"])
    missing = f"{row['line']}.x"
    if isinstance(tags, LabError):
        return {missing: tags}
    releases = [str(version) for version in final(tags) if f"{version.major}.{version.minor}" == row["line"]]
    absent = LabError(f"No release of NetBox {row['line']} is published.")
    return {release: release for release in releases} or {missing: absent}


def newer(tags: Iterable[str], rows: Iterable[Mapping[str, str]]) -> list[str]:
    """Return the final releases that are newer than the last one of their line in the supported table, or than all."""
    last = {row["line"]: Version(row["last_tag"]) for row in rows}
    newest = max(last.values())
    return [str(found) for found in final(tags) if found > last.get(f"{found.major}.{found.minor}", newest)]


def had(answer: Any) -> Any:
    """Return an answer. If that is an error, the test fails, or is skipped where it may be left out."""
    if isinstance(answer, NetBoxUnavailable) and left_out(str(answer)):
        pytest.skip(f"not run: {answer}")
    if isinstance(answer, LabError):
        raise answer
    return answer


def run(netbox: str, home: Home, report: Path) -> dict[str, Any]:
    """Run the brief suite on a NetBox release or branch, and return what it showed.

    ``seconds`` includes all preparation. Raises subprocess.TimeoutExpired after TIMEOUT.
    """
    command = [sys.executable, "-m", "tests.netbox", "--netbox", netbox, "--brief"]
    command += ["--", "-p", "no:cacheprovider", f"--junitxml={report}"]
    environ = {**os.environ, "NETBOX_LAB_HOME": str(home.path)}
    started = time.monotonic()
    with subprocess.Popen(command, cwd=REPOSITORY_ROOT, env=environ, stdin=subprocess.DEVNULL) as process:
        try:
            status = process.wait(TIMEOUT)
        finally:
            process.terminate()
    tests, repaired = read_report(report) if report.exists() else (0, 0)
    # A run without tests would have the same exit status, and there is always something to repair.
    passed = status == 0 and tests > 0 and repaired > 0
    return {"passed": passed, "tests": tests, "repaired": repaired, "seconds": round(time.monotonic() - started)}


def read_report(path: Path) -> tuple[int, int]:
    """Return how many tests were run, and how many repairs they say were made at start-up, from pytest's XML report."""
    (suite,) = ElementTree.parse(path).getroot().iter("testsuite")
    tests, skipped = (int(suite.get(name, "0")) for name in ("tests", "skipped"))
    repaired = suite.find("properties/property[@name='repaired']")
    return tests - skipped, 0 if repaired is None else int(repaired.get("value", "0"))


def described(results: Mapping[str, Mapping[str, Any]]) -> str:
    """Return what the evidence's page says of the results of releases."""
    rows = [
        (release, "passed" if result["passed"] else "**failed**", *(result[name] for name in FIGURES))
        for release, result in results.items()
    ]
    passed = sum(result["passed"] for result in results.values())
    return f"{passed} of {len(results)} releases passed.\n\n{table(HEADINGS, rows)}"


@pytest.fixture(scope="session")
def evidence(pytestconfig: pytest.Config) -> Iterator[Evidence]:
    """Return what this commit has shown. In the end, the page is written if that is all there is to show."""
    evidence = Evidence(pytestconfig.cache, *DECISIVE)
    yield evidence
    results = {release: evidence.recall(release) for row in SUPPORTED for release in releases_of(row)}
    if all(results.values()):
        evidence.write("releases.md", "tox run -e every-release", described(results))


@pytest.fixture(scope="session")
def server() -> Iterator[tuple[Home, str]]:
    """Return a lab's home of its own, because what is made in it for a release is removed, and its database's URL."""
    home = Home(Home().path / "releases")
    with postgresql_server(home, prepare_tools(home)) as database_url:
        yield home, database_url


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Have a test for each release."""
    if "release" in metafunc.fixturenames:
        releases = {name: release for row in SUPPORTED for name, release in releases_of(row).items()}
        metafunc.parametrize("release", releases.values(), ids=releases.keys())


def test_release(release: str | LabError, evidence: Evidence, server: tuple[Home, str], tmp_path: Path) -> None:
    """What was made for a release is removed when it is done."""
    netbox, (home, database_url) = had(release), server
    result = evidence.recall(netbox)
    if not (result and result["passed"]):
        result = run(netbox, home, tmp_path / "report.xml")
        evidence.keep(netbox, result)
        Lab(home.path).remove(netbox, database_url)
    assert result["passed"], result


@pytest.mark.parametrize("branch", BRANCHES)
def test_branch(branch: str, server: tuple[Home, str], tmp_path: Path) -> None:
    """A branch moves: what it showed is not remembered, and what was made for it is not removed."""
    result = run(branch, server[0], tmp_path / "report.xml")
    assert result["passed"], result


@pytest.mark.parametrize("source", SOURCES)
def test_the_table_knows_each_final_release(source: str) -> None:
    """Fails when the supported table needs a new row, or another last release."""
    assert newer(had(tags_of(source)), SUPPORTED) == []
