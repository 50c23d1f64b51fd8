"""Which tags may be published, and what their notes are."""

from __future__ import annotations

import json
import sys

import pytest

from tools.release import tag
from tools.release.__main__ import ROOT, main
from tools.release.build import copy_tracked
from tools.release.lines import ReleaseError, read_lines

LINES = read_lines(ROOT)
OLD, NEWEST = LINES[1], LINES[-1]
DATE = " - 2026-11-30"


def run(**values):
    return {"name": "All green", "app": {"slug": "github-actions"}, "conclusion": "success", **values}


GREEN = {"check_runs": [run()]}


@pytest.fixture
def tree(tmp_path):
    """A copy of what git tracks, whose changelog bears a date and has another section below."""
    copy_tracked(ROOT, tmp_path)
    path = tmp_path / "CHANGELOG.md"
    text = path.read_text(encoding="utf-8").replace(" (unreleased)", DATE, 1)
    path.write_text(f"{text}\n## 4.3.4 - 2026-10-01\n\nOlder.\n", encoding="utf-8")
    return tmp_path


def replace(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_each_line_of_the_tree_may_be_published(tree, line):
    assert tag.decide(tree, f"v{line.version}", GREEN) == line


@pytest.mark.parametrize("name", [OLD.version, f"v{OLD.name}", f"v{OLD.name}.99", f"v{OLD.version}.1", "v4.1.5"])
def test_any_other_tag_is_refused(tree, name):
    with pytest.raises(ReleaseError, match=f"The tag '{name}' is not one of those of this commit: v.*v{OLD.version}"):
        tag.decide(tree, name, GREEN)


def test_the_notes_are_the_section_of_the_version(tree):
    notes = tag.notes(tree, OLD)
    assert notes.startswith("> **Compatibility:** NetBox v4.2") and notes == tag.notes(tree, NEWEST)
    assert "##" not in notes.replace("###", "") and "Older." not in notes


@pytest.mark.parametrize(
    ("path", "old", "new", "message"),
    [
        ("CHANGELOG.md", f"{OLD.version}, ", "", "has no section of"),
        ("CHANGELOG.md", DATE, " (unreleased)", "has no section of .* that bears a date"),
        ("CHANGELOG.md", f" v{OLD.name},", "", "does not name NetBox v"),
    ],
)
def test_what_people_read_must_be_up_to_date(tree, path, old, new, message):
    replace(tree / path, old, new)
    with pytest.raises(ReleaseError, match=message):
        tag.decide(tree, f"v{OLD.version}", GREEN)


@pytest.mark.parametrize(
    ("runs", "found"),
    [
        ([], "not there"),
        ([run(name="Lint and types")], "not there"),
        ([run(app={"slug": "somebody-else"})], "not there"),
        ([run(), run(conclusion="cancelled")], "cancelled, success"),
        ([run(conclusion=None, status="in_progress")], "in_progress"),
    ],
)
def test_ci_must_be_green_on_the_commit(tree, runs, found):
    with pytest.raises(ReleaseError, match=f"it is {found}"):
        tag.decide(tree, f"v{OLD.version}", {"check_runs": runs})


def test_the_command_says_what_the_workflow_needs(tree, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("tools.release.__main__.ROOT", tree)
    checks = tmp_path / "check-runs.json"
    checks.write_text(json.dumps(GREEN))

    def status(*arguments):
        monkeypatch.setattr(sys, "argv", ["release", *arguments])
        return main()

    for line, latest in ((OLD, "false"), (NEWEST, "true")):
        assert status("decide", f"v{line.version}", str(checks)) == 0
        assert capsys.readouterr().out == f"version={line.version}\nlatest={latest}\n"
    assert status("decide", "v1.2.3", str(checks)) == 1
    assert capsys.readouterr().err.startswith("error: The tag 'v1.2.3' is not one of")
    assert status("notes", OLD.version) == 0
    assert capsys.readouterr().out.startswith("> **Compatibility:** NetBox v4.2")
    assert status("tags") == 0
    assert capsys.readouterr().out.splitlines() == [f"v{line.version}" for line in LINES]
