"""Which NetBox releases are verified, and what is said of them."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date

import pytest

from tests.lab.errors import NetBoxUnavailable
from tests.lab.source import SUPPORTED
from tools.releases import __main__ as releases_main
from tools.releases import runs
from tools.releases.__main__ import verify
from tools.releases.page import page, table
from tools.releases.runs import Memory, Result, read_report
from tools.releases.tags import releases_to_verify, supported_rows, unknown_releases

TAGS = ["v4.1.11", "v4.2.0", "v4.2-beta1", "v4.10.0", "v4.3.10", "v4.3.9", "v4.6.8-rc1", "v4.7.0", "nightly"]
PUBLISHED = {"checkout": TAGS, "index": ["4.7.1", "4.7.0", "4.7.0b2"]}
PASSED = Result("4.5.10", "3.12", True, 105, 7, 80)
FAILED = Result("4.5.9", "3.12", False, 0, None, 12)
REPORT = """<testsuites><testsuite tests="109" skipped="4"><properties>{}</properties></testsuite></testsuites>"""


def verified(*lines, published=PUBLISHED):
    return releases_to_verify(published, supported_rows(lines))


def test_the_final_releases_of_supported_lines_are_verified():
    assert verified("4.3", "4.2") == ["4.2.0", "4.3.9", "4.3.10"]


def test_the_releases_of_a_line_are_those_of_its_source():
    assert verified("4.7") == ["4.7.0", "4.7.1"]
    assert {row["source"] for row in SUPPORTED} == PUBLISHED.keys()


def test_a_line_of_which_nothing_is_published_is_no_line_that_passed():
    with pytest.raises(ValueError, match=r"No release of NetBox 4\.6 is published\."):
        verified("4.6", "4.7")


def test_an_unsupported_line_is_refused():
    with pytest.raises(ValueError, match=r"4\.1 is no supported line: give one of 4\.2, "):
        verified("4.1")


ROWS = [{"line": "4.6", "last_tag": "4.6.8"}, {"line": "4.7", "last_tag": "4.7.3"}]


def test_releases_that_the_table_does_not_know():
    published = {
        "checkout": ["v4.6.9", "v4.7.3", "v4.8.0-beta1", "v4.5.11", "v4.2.0"],
        "index": ["4.8.0", "4.7.2", "5.0.1"],
    }
    assert unknown_releases(published, ROWS) == {"checkout": ["4.6.9"], "index": ["4.8.0", "5.0.1"]}


@pytest.mark.parametrize(
    ("index", "ci", "status", "told"),
    [
        ([SUPPORTED[-1]["last_tag"]], "", 0, "index: nothing that is not known."),
        ([SUPPORTED[-1]["last_tag"], "9.0.0"], "", 1, "index: not known to supported.json: 9.0.0."),
        (None, "", 0, "Not asked: index: it cannot be reached"),
        (None, "true", 1, "Not asked: index: it cannot be reached"),
    ],
)
def test_new_releases_are_a_failure(monkeypatch, capsys, index, ci, status, told):
    def published(source, tools):
        if source == "index" and index is None:
            raise NetBoxUnavailable("it cannot be reached")
        return index if source == "index" else ["v4.2.0"]

    monkeypatch.setenv("CI", ci)
    monkeypatch.delenv("NETBOX_LAB_NOT_RUN", raising=False)
    monkeypatch.setattr(releases_main, "prepare_tools", lambda home: None)
    monkeypatch.setattr(releases_main, "published", published)
    assert releases_main.main(["--new"]) == status
    assert told in capsys.readouterr().out.splitlines()


def no_repository(source, tools):
    if source == "checkout":
        raise NetBoxUnavailable("the repository cannot be reached")
    return PUBLISHED[source]


@pytest.mark.parametrize(("ci", "status"), [("", 0), ("true", 1)])
def test_lines_that_cannot_be_had_are_named_at_the_end(monkeypatch, capsys, ci, status):
    ran = []

    def all_pass(releases, *_):
        ran.extend(releases)
        return [replace(PASSED, netbox=netbox) for netbox in releases]

    monkeypatch.setenv("CI", ci)
    monkeypatch.delenv("NETBOX_LAB_NOT_RUN", raising=False)
    monkeypatch.setattr(releases_main, "prepare_tools", lambda home: None)
    monkeypatch.setattr(releases_main, "published", no_repository)
    monkeypatch.setattr(releases_main, "verify", all_pass)
    monkeypatch.setattr(releases_main, "PAGE", None)
    assert releases_main.main([]) == status
    assert ran == ["4.7.0", "4.7.1"]
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "Not run: NetBox 4.2, 4.3, 4.4, 4.5, 4.6: the repository cannot be reached"


def test_what_was_repaired_is_read_from_the_report_of_the_tests(tmp_path):
    path = tmp_path / "report.xml"
    path.write_text(REPORT.format('<property name="repaired" value="7" />'))
    assert read_report(path) == (105, 7)
    path.write_text(REPORT.format(""))
    assert read_report(path) == (105, None)


@pytest.mark.parametrize(
    ("script", "passed"),
    [
        ("import sys; open(sys.argv[-1].partition('=')[2], 'w').write({good!r})", True),
        ("import sys; open(sys.argv[-1].partition('=')[2], 'w').write({good!r}); sys.exit(1)", False),
        ("import sys; open(sys.argv[-1].partition('=')[2], 'w').write({silent!r})", False),
        ("", False),
    ],
    ids=["good", "failing tests", "nothing said", "no tests"],
)
def test_only_a_run_that_shows_it_has_passed(tmp_path, monkeypatch, script, passed):
    good, silent = REPORT.format('<property name="repaired" value="7" />'), REPORT.format("")
    popen = subprocess.Popen

    def start(command, **options):
        return popen([sys.executable, "-c", script.format(good=good, silent=silent), *command[1:]], **options)

    monkeypatch.setattr(subprocess, "Popen", start)
    running = set()
    assert runs.run("4.5.10", "3.12", tmp_path, {}, running).passed is passed
    assert not running


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """Return the results of commit "a", and the releases that a verification runs; nothing is really run."""
    ran = []

    def run_all(releases, python, jobs, home, memory):
        ran.extend(releases)
        return {netbox: replace(FAILED, netbox=netbox, passed=True) for netbox in releases}

    monkeypatch.setenv("NETBOX_LAB_HOME", str(tmp_path))
    monkeypatch.setattr(releases_main, "_run_all", run_all)
    return Memory(tmp_path / "releases" / "results", "a"), ran


def test_what_passed_is_not_run_again_and_what_failed_is(lab):
    memory, ran = lab
    for result in (PASSED, FAILED):
        memory.keep(result)
    releases = ["4.5.8", "4.5.9", "4.5.10"]
    assert [result.passed for result in verify(releases, "3.12", 0, "a")] == [None, False, True]
    assert ran == []
    assert all(result.passed for result in verify(releases, "3.12", 2, "a"))
    assert ran == ["4.5.8", "4.5.9"]
    verify(releases, "3.12", 2, "b")
    assert ran[2:] == releases


def test_what_passed_is_remembered_for_its_commit_only(tmp_path):
    Memory(tmp_path, "a").keep(PASSED)
    assert Memory(tmp_path, "a").recall("4.5.10", "3.12") == PASSED
    assert Memory(tmp_path, "a").recall("4.5.9", "3.12") is None
    assert Memory(tmp_path, "b").recall("4.5.10", "3.12") is None
    Memory(tmp_path, "").keep(PASSED)
    assert Memory(tmp_path, "").recall("4.5.10", "3.12") is None


def test_a_failure_is_shown():
    assert table([PASSED, FAILED]).splitlines()[2:] == [
        "| 4.5.10 | 3.12 | passed | 105 | 7 | 80 |",
        "| 4.5.9 | 3.12 | **failed** |  |  |  |",
    ]
    text = page([PASSED, FAILED], "0123456789abcdef", date(2026, 11, 21), 2)
    assert "2026-11-21, commit `0123456789ab`: 1 of 2 releases passed, 2 at a time.\n" in text


def test_what_was_not_run_is_said_to_be_so():
    missing = Result("4.5.8", "3.12", None, 0, None, 0)
    assert "| 4.5.8 | 3.12 | not run |" in table([missing])
    text = page([PASSED, FAILED, missing], "0123456789abcdef", date(2026, 11, 21), 2)
    assert "1 of 3 releases passed, not run: 1, 2 at a time.\n" in text
