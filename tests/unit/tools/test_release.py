"""The release tool: what is stamped and generated, the page that PyPI shows, and which tags may be published."""

from __future__ import annotations

import json
import re
import sys

import pytest

from tests.lab.errors import LabError
from tools.release import build, tag
from tools.release.__main__ import ROOT, main
from tools.release.generate import CHANGELOG, MANIFEST, MODULE, VERSION, Place, places, stamps, write_all
from tools.release.lines import ReleaseError, read_lines

LINES = read_lines(ROOT)
OLD, NEWEST = LINES[1], LINES[-1]
TAG = f"v{OLD.version}"
DATE = " - 2026-11-30"


@pytest.fixture
def tree(tmp_path):
    """A copy of what git tracks."""
    build.copy_tracked(ROOT, tmp_path / "tree")
    return tmp_path / "tree"


@pytest.fixture
def dated(tree):
    """A copy whose changelog bears a date and has another section below."""
    text = read(tree, CHANGELOG).replace(" (unreleased)", DATE, 1)
    (tree / CHANGELOG).write_text(f"{text}\n## 4.3.4 - 2026-10-01\n\nOlder.\n", encoding="utf-8")
    return tree


def read(tree, path):
    return (tree / path).read_text(encoding="utf-8")


def replace(tree, path, old, new):
    text = read(tree, path)
    assert old in text
    (tree / path).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_what_is_written_from_the_table_is_up_to_date(tree):
    assert write_all(tree, places(tree)) == []
    # Until it is released, CHANGELOG is among it.
    head = re.search(r"^## ([\d., ]+) ", read(tree, CHANGELOG), re.MULTILINE)
    assert head[1] == ", ".join(line.version for line in LINES)


def differing(tree, path):
    both = zip(read(ROOT, path).splitlines(), read(tree, path).splitlines(), strict=True)
    return [new for old, new in both if old != new]


def test_stamping_changes_version_and_bounds_only(tree):
    changed = [str(path.relative_to(tree)) for path in write_all(tree, stamps(OLD))]
    assert {path: differing(tree, path) for path in changed} == {
        VERSION: [f'__version__ = "{OLD.version}"'],
        MODULE: [f'    max_version = "{OLD.name}.99"'],
        MANIFEST: [f'netbox_max: "{OLD.name}.99"'],
    }


@pytest.mark.parametrize(
    ("path", "old", "new", "count"),
    [
        (VERSION, "__version__ = ", "__version__: str = ", 0),
        (MODULE, '    max_version = "', '    max_version = "4.1.99"\n    max_version = "', 2),
    ],
)
def test_a_place_that_is_not_there_once_is_an_error_and_nothing_is_written(tree, path, old, new, count):
    replace(tree, path, old, new)
    before = {path: read(tree, path) for path in (MODULE, VERSION, MANIFEST)}
    with pytest.raises(ReleaseError, match=rf"{path} must have 1 of .* it has {count}\."):
        write_all(tree, stamps(OLD))
    assert {path: read(tree, path) for path in before} == before


def test_a_value_is_text_and_no_pattern():
    assert Place("x", r'^a = "(?P<value>.*)"$', r"\1\g<value>").put('a = "b"\n') == 'a = "\\1\\g<value>"\n'


def test_another_table_is_written_once(tree):
    replace(tree, "netbox_plugin_reloader/compat/supported.json", '"last_tag": "4.5.10"', '"last_tag": "4.5.11"')
    assert write_all(tree, places(tree)) == [tree / "README.md"]
    assert "| 4.5 | 4.5.0, 4.5.11 | 3.12, 3.13, 3.14 |" in read(tree, "README.md")
    assert write_all(tree, places(tree)) == []


def test_another_increment_adds_rows_and_keeps_those_that_are_released(tree):
    replace(tree, VERSION, f'"{NEWEST.version}"', f'"{NEWEST.name}.{NEWEST.increment + 1}"')
    write_all(tree, places(tree))
    versions = re.findall(r"^\| (4\.[\d.]+) \|", read(tree, "COMPATIBILITY.md"), re.MULTILINE)
    assert versions[: len(LINES)] == [f"{line.name}.{line.increment + 1}" for line in reversed(LINES)]
    assert versions[len(LINES) :][: len(LINES)] == [line.version for line in reversed(LINES)]


def test_a_version_that_is_no_release_line_is_an_error(tree):
    replace(tree, VERSION, f'__version__ = "{NEWEST.version}"', '__version__ = "4.7"')
    with pytest.raises(ReleaseError, match=r"one __version__ of the form X\.X\.Y"):
        read_lines(tree)


def test_only_what_git_tracks_is_copied_as_it_is_in_the_work_tree(tree, monkeypatch):
    (tree / "not-tracked").touch()
    replace(tree, "LICENSE", "MIT", "TIM")
    monkeypatch.setattr(build, "run", lambda command, failure: "LICENSE\0removed\0")
    build.copy_tracked(tree, tree / "copy")
    assert [path.name for path in (tree / "copy").iterdir()] == ["LICENSE"]
    assert "TIM" in read(tree, "copy/LICENSE")


def test_a_folder_outside_git_is_refused(tmp_path):
    with pytest.raises(LabError, match="git cannot list the files"):
        build.copy_tracked(tmp_path, tmp_path / "copy")


def test_the_page_of_pypi_leads_to_the_repository(tree):
    address = "https://github.com/owner/name"
    links = {
        "[text](docs/page.md#part)": f"[text]({address}/blob/v{OLD.version}/docs/page.md#part)",
        "![picture](docs/a.png)": f"![picture]({address}/raw/v{OLD.version}/docs/a.png)",
        "[here](#part)": "[here](#part)",
        "[there](https://example.com/a)": "[there](https://example.com/a)",
    }
    (tree / "README.md").write_text("\n".join(links), encoding="utf-8")
    build.put_links(tree, address, OLD)
    assert read(tree, "README.md").splitlines() == list(links.values())
    before, _, urls = read(tree, "pyproject.toml").partition("\n[project.urls]\n")
    assert before == read(ROOT, "pyproject.toml")
    assert re.findall(r"^\w+", urls, re.MULTILINE) == ["Homepage", "Repository", "Issues", "Documentation", "Changelog"]


def run(**values):
    return {"name": "All green", "app": {"slug": "github-actions"}, "conclusion": "success", **values}


GREEN = {"check_runs": [run()]}


def test_each_line_of_the_tree_may_be_published(dated):
    assert [tag.decide(dated, f"v{line.version}", GREEN) for line in LINES] == list(LINES)


@pytest.mark.parametrize("name", [OLD.version, f"v{OLD.name}", f"v{OLD.name}.99", f"v{OLD.version}.1", "v4.1.5"])
def test_any_other_tag_is_refused(dated, name):
    with pytest.raises(ReleaseError, match=f"The tag '{name}' is not one of those of this commit: v.*{TAG}"):
        tag.decide(dated, name, GREEN)


def test_the_notes_are_the_section_of_the_version(dated):
    notes = tag.notes(dated, OLD)
    assert notes.startswith("> **Compatibility:** NetBox v4.2") and notes == tag.notes(dated, NEWEST)
    assert "##" not in notes.replace("###", "") and "Older." not in notes


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (f"{OLD.version}, ", "", "has no section of"),
        (DATE, " (unreleased)", "has no section of .* that bears a date"),
        (f" v{OLD.name},", "", "does not name NetBox v"),
    ],
)
def test_the_changelog_must_be_up_to_date(dated, old, new, message):
    replace(dated, CHANGELOG, old, new)
    with pytest.raises(ReleaseError, match=message):
        tag.decide(dated, TAG, GREEN)


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
def test_ci_must_be_green_on_the_commit(dated, runs, found):
    with pytest.raises(ReleaseError, match=f"it is {found}"):
        tag.decide(dated, TAG, {"check_runs": runs})


def test_the_command_says_what_the_workflow_needs(dated, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("tools.release.__main__.ROOT", dated)
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
