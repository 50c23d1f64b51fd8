"""Which NetBox releases are verified, what is remembered of them, and what is said of them."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest

from tests.lab.errors import LabError, NetBoxUnavailable
from tests.lab.home import Home
from tests.lab.source import SUPPORTED
from tools import every_release, evidence
from tools.every_release import described, had, newer, read_report, releases_of
from tools.evidence import Evidence

TAGS = ["v4.1.11", "v4.2.0", "v4.2-beta1", "v4.10.0", "v4.3.10", "v4.3.9", "v4.6.8-rc1", "v4.7.0", "nightly"]
PUBLISHED = {"checkout": TAGS, "index": ["4.7.1", "4.7.0", "4.7.0b2"]}
ROWS = [{"line": "4.6", "last_tag": "4.6.8"}, {"line": "4.7", "last_tag": "4.7.3"}]
PASSED = {"passed": True, "tests": 105, "repaired": 7, "seconds": 80}
FAILED = {"passed": False, "tests": 0, "repaired": 0, "seconds": 12}
REPORT = """<testsuites><testsuite tests="109" skipped="4"><properties>{}</properties></testsuite></testsuites>"""
GOOD, SILENT = REPORT.format('<property name="repaired" value="7" />'), REPORT.format("")


@pytest.mark.parametrize(
    ("line", "releases"), [("4.2", ["4.2.0"]), ("4.3", ["4.3.9", "4.3.10"]), ("4.7", ["4.7.0", "4.7.1"])]
)
def test_the_final_releases_of_a_line_are_those_of_its_source(monkeypatch, line, releases):
    monkeypatch.setattr(every_release, "tags_of", PUBLISHED.get)
    (row,) = (row for row in SUPPORTED if row["line"] == line)
    assert [*releases_of(row)] == releases


def test_a_line_of_which_nothing_is_published_is_no_line_that_passed(monkeypatch):
    monkeypatch.setattr(every_release, "tags_of", PUBLISHED.get)
    (absent,) = releases_of({"line": "4.6", "source": "checkout"}).values()
    with pytest.raises(LabError, match=r"No release of NetBox 4\.6 is published\."):
        had(absent)


@pytest.mark.parametrize(
    ("published", "unknown"),
    [
        (["v4.6.9", "v4.7.3", "v4.8.0-beta1", "v4.5.11", "v4.2.0"], ["4.6.9"]),
        (["4.8.0", "4.7.2", "5.0.1"], ["4.8.0", "5.0.1"]),
    ],
)
def test_releases_that_the_table_does_not_know(published, unknown):
    assert newer(published, ROWS) == unknown


@pytest.mark.parametrize(("ci", "outcome"), [("", pytest.skip.Exception), ("true", NetBoxUnavailable)])
def test_a_source_that_cannot_be_reached_is_named_and_a_failure_in_ci(monkeypatch, ci, outcome):
    def unreachable(*_):
        raise NetBoxUnavailable("The repository cannot be reached.")

    monkeypatch.setenv("CI", ci)
    monkeypatch.delenv("NETBOX_LAB_NOT_RUN", raising=False)
    monkeypatch.setattr(every_release, "prepare_tools", lambda home: None)
    monkeypatch.setattr(every_release, "published", unreachable)
    every_release.tags_of.cache_clear()
    releases = releases_of(SUPPORTED[0])
    every_release.tags_of.cache_clear()
    assert [*releases] == ["4.2.x"]
    # Whichever it is not would skip this test too.
    with pytest.raises((pytest.skip.Exception, LabError), match=r"The repository cannot be reached\.") as raised:
        had(releases["4.2.x"])
    assert raised.type is outcome


def test_what_was_repaired_is_read_from_the_report_of_the_tests(tmp_path):
    path = tmp_path / "report.xml"
    for text, repaired in ((GOOD, 7), (SILENT, 0)):
        path.write_text(text)
        assert read_report(path) == (105, repaired)


@pytest.mark.parametrize(
    ("script", "passed"),
    [
        (f"import sys; open(sys.argv[-1].partition('=')[2], 'w').write({GOOD!r})", True),
        (f"import sys; open(sys.argv[-1].partition('=')[2], 'w').write({GOOD!r}); sys.exit(1)", False),
        (f"import sys; open(sys.argv[-1].partition('=')[2], 'w').write({SILENT!r})", False),
        ("", False),
    ],
    ids=["good", "failing tests", "nothing said", "no tests"],
)
def test_only_a_run_that_shows_it_has_passed(tmp_path, monkeypatch, script, passed):
    popen = subprocess.Popen

    def start(command, **options):
        return popen([sys.executable, "-c", script, *command[1:]], **options)

    monkeypatch.setattr(subprocess, "Popen", start)
    assert every_release.run("4.5.10", Home(tmp_path), tmp_path / "report.xml")["passed"] is passed


@pytest.fixture
def commit(monkeypatch):
    """Return a function that says at which commit the tree is."""
    return lambda name: monkeypatch.setattr(evidence, "tested_commit", lambda *decisive: name)


@pytest.fixture
def cache():
    """Return what stands for pytest's cache."""
    kept = {}
    return SimpleNamespace(get=lambda key, default: kept.get(key, default), set=kept.__setitem__)


def test_what_passed_at_this_commit_is_not_run_again_and_what_failed_is(monkeypatch, tmp_path, commit, cache):
    def verify(*releases):
        ran.clear()
        for release in releases:
            every_release.test_release(release, Evidence(cache, "a folder"), (Home(tmp_path), "url"), tmp_path)
        return ran

    ran = []
    lab = SimpleNamespace(remove=lambda netbox, url: ran.append(f"{netbox} removed"))
    monkeypatch.setattr(every_release, "Lab", lambda home: lab)
    monkeypatch.setattr(every_release, "run", lambda netbox, *_: ran.append(netbox) or FAILED)
    commit("a")
    with pytest.raises(AssertionError):
        verify("4.5.9")
    assert ran == ["4.5.9", "4.5.9 removed"]
    monkeypatch.setattr(every_release, "run", lambda netbox, *_: ran.append(netbox) or PASSED)
    assert verify("4.5.9", "4.5.10") == ["4.5.9", "4.5.9 removed", "4.5.10", "4.5.10 removed"]
    assert verify("4.5.9", "4.5.10") == []
    for other in ("b", "", ""):
        commit(other)
        assert verify("4.5.9") == ["4.5.9", "4.5.9 removed"]


@pytest.mark.parametrize(
    ("before", "after", "written"), [("a" * 40, "a" * 40, True), ("a", "b", False), ("", "", False)]
)
def test_a_page_is_about_what_was_run(monkeypatch, tmp_path, commit, cache, before, after, written):
    monkeypatch.setattr(evidence, "PAGES", tmp_path)
    commit(before)
    shown = Evidence(cache, "a folder")
    commit(after)
    shown.write("page.md", "tox run -e every-release", "text")
    pages = [path.read_text() for path in tmp_path.iterdir()]
    assert [page.partition(", ")[2] for page in pages] == ["commit `aaaaaaaaaaaa`, Python 3.12: text\n"] * written


def test_a_failure_is_shown():
    assert described({"4.5.10": PASSED, "4.5.9": FAILED}).splitlines() == [
        "1 of 2 releases passed.",
        "",
        "| NetBox | Result | Tests | Repaired | Seconds |",
        "|---|---|--:|--:|--:|",
        "| 4.5.10 | passed | 105 | 7 | 80 |",
        "| 4.5.9 | **failed** | 0 | 0 | 12 |",
    ]
