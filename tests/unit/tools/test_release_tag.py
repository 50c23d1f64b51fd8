"""Which tags may be published, and what their notes are."""

from __future__ import annotations

import io
import json
from email.message import Message
from urllib.error import HTTPError, URLError

import pytest

from tools.release import tag
from tools.release.__main__ import ROOT, main
from tools.release.errors import ReleaseError
from tools.release.lines import read_lines
from tools.release.source import copy_tracked

LINES = read_lines(ROOT)
OLD, NEWEST = LINES[1], LINES[-1]
GREEN = {"check_runs": [{"name": "All green", "app": {"slug": "github-actions"}, "conclusion": "success"}]}
CHANGELOG = f"""\
# Changelog

## {OLD.version}, {NEWEST.version} - 2026-11-30

> **Compatibility:** NetBox v{OLD.name}, v{NEWEST.name}

One fix.

### Fixed

- It.

## 4.3.4, 4.7.4 - 2026-10-01

> **Compatibility:** NetBox v4.3

Older.
"""


@pytest.fixture
def tree(tmp_path):
    """A copy of what git tracks, whose changelog bears a date."""
    copy_tracked(ROOT, tmp_path)
    path = tmp_path / "CHANGELOG.md"
    path.write_text(path.read_text(encoding="utf-8").replace("(unreleased)", "- 2026-11-30"), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_each_line_of_the_tree_may_be_published(tree, line):
    assert tag.decide(tree, f"v{line.version}", ["0.0.2", "4.3.1", "4.4.0.1", "4.5.4.1"], GREEN) == line


@pytest.mark.parametrize(
    "name", [OLD.version, "v4.1.5", "v9.9.5", f"v{OLD.name}", f"v{OLD.name}.{OLD.increment + 1}", f"v{OLD.version}.1"]
)
def test_any_other_tag_is_refused(name):
    with pytest.raises(ReleaseError, match=f"The tag '{name}' is none of v.*v{OLD.version}"):
        tag.line_of(name, LINES)


def test_it_must_be_newer_than_what_is_published_of_its_line():
    tag.require_newer(OLD, [])
    tag.require_newer(OLD, [NEWEST.version, f"{OLD.name}.{OLD.increment - 1}", f"{OLD.name}.{OLD.increment - 1}.9"])
    for published in (OLD.version, f"{OLD.name}.{OLD.increment}.1", f"{OLD.name}.{OLD.increment + 5}"):
        with pytest.raises(ReleaseError, match=f"{OLD.version} must be newer than {published}"):
            tag.require_newer(OLD, ["4.2.99", published])


def test_the_notes_are_the_section_of_the_version():
    assert tag.notes(OLD, CHANGELOG) == (
        f"> **Compatibility:** NetBox v{OLD.name}, v{NEWEST.name}\n\nOne fix.\n\n### Fixed\n\n- It.\n"
    )
    assert tag.notes(NEWEST, CHANGELOG) == tag.notes(OLD, CHANGELOG)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (f"{OLD.version}, ", "", "has no section for"),
        (OLD.version, f"{OLD.version}1", "has no section for"),
        (" - 2026-11-30", " (unreleased)", "must bear a date"),
        (f"NetBox v{OLD.name}", "NetBox v4.2", "does not name NetBox"),
    ],
)
def test_a_section_that_is_missing_or_unfinished_is_refused(old, new, message):
    with pytest.raises(ReleaseError, match=message):
        tag.notes(OLD, CHANGELOG.replace(old, new, 1))


def test_the_compatibility_table_must_have_the_row(tree):
    path = tree / "COMPATIBILITY.md"
    path.write_text(path.read_text(encoding="utf-8").replace(f"| {OLD.version} |", "| 4.3.4 |"), encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"COMPATIBILITY\.md must have the row"):
        tag.decide(tree, f"v{OLD.version}", [], GREEN)


def test_what_is_generated_must_be_up_to_date(tree):
    path = tree / "README.md"
    path.write_text(path.read_text(encoding="utf-8").replace(f"`~={OLD.version}`", "`~=4.3.4`"), encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"README\.md must agree with the supported table"):
        tag.decide(tree, f"v{OLD.version}", [], GREEN)


def run(**values):
    return {"name": "All green", "app": {"slug": "github-actions"}, "conclusion": "success", **values}


@pytest.mark.parametrize(
    ("runs", "found"),
    [
        ([], "not there"),
        ([run(name="Lint and types")], "not there"),
        ([run(app={"slug": "somebody-else"})], "not there"),
        ([run(conclusion="failure")], "failure"),
        ([run(), run(conclusion="cancelled")], "cancelled, success"),
        ([run(conclusion=None, status="in_progress")], "in_progress"),
    ],
)
def test_ci_must_be_green_on_the_commit(runs, found):
    tag.require_green(GREEN)
    with pytest.raises(ReleaseError, match=f"it is {found}"):
        tag.require_green({"check_runs": runs})


def test_pypi_says_what_is_published(monkeypatch):
    answer = {"releases": {"4.3.0": [], "4.3.1": [{"yanked": True}]}}
    monkeypatch.setattr(tag, "urlopen", lambda url, timeout: io.BytesIO(json.dumps(answer).encode()))
    assert tag.published_versions() == ["4.3.0", "4.3.1"]


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (HTTPError("url", 404, "Not Found", Message(), None), None),
        (HTTPError("url", 503, "Unavailable", Message(), None), "answers 503"),
        (URLError("no route"), "cannot be reached"),
    ],
)
def test_a_pypi_that_does_not_answer_is_no_permission(monkeypatch, error, message):
    def fail(url, timeout):
        raise error

    monkeypatch.setattr(tag, "urlopen", fail)
    if message is None:
        assert tag.published_versions() == []
        return
    with pytest.raises(ReleaseError, match=message):
        tag.published_versions()


def test_the_command_says_what_the_workflow_needs(tree, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("tools.release.__main__.ROOT", tree)
    monkeypatch.setattr(tag, "urlopen", lambda url, timeout: io.BytesIO(b'{"releases": {"4.3.1": []}}'))
    checks = tmp_path / "check-runs.json"
    checks.write_text(json.dumps(GREEN))
    assert main(["decide", f"v{OLD.version}", "--check-runs", str(checks)]) == 0
    assert capsys.readouterr().out == f"version={OLD.version}\nlatest=false\n"
    assert main(["decide", f"v{NEWEST.version}", "--check-runs", str(checks)]) == 0
    assert capsys.readouterr().out == f"version={NEWEST.version}\nlatest=true\n"
    assert main(["decide", "v1.2.3", "--check-runs", str(checks)]) == 1
    assert capsys.readouterr().err.startswith("error: The tag 'v1.2.3' is none of")
    assert main(["notes", f"v{OLD.version}"]) == 0
    assert capsys.readouterr().out.startswith(f"> **Compatibility:** NetBox v{LINES[0].name}")
    assert main(["tags"]) == 0
    assert capsys.readouterr().out.splitlines() == [f"v{line.version}" for line in LINES]
