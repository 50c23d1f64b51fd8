"""The release tool: the stamped places, what is generated, and the links of the page that PyPI shows."""

from __future__ import annotations

import pytest

from tests.lab.errors import LabError
from tools.release import build
from tools.release.__main__ import ROOT
from tools.release.generate import MANIFEST, MODULE, VERSION, Place, places, put_all, stamps, write_all
from tools.release.lines import ReleaseError, read_lines

LINES = read_lines(ROOT)
OLD = LINES[1]


@pytest.fixture
def tree(tmp_path):
    """A copy of what git tracks."""
    build.copy_tracked(ROOT, tmp_path / "tree")
    return tmp_path / "tree"


def replace(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_stamping_changes_version_and_bounds_only(tree):
    changed = write_all(tree, stamps(OLD))
    differing = {
        str(path.relative_to(tree)): [
            new
            for old, new in zip(
                (ROOT / path.relative_to(tree)).read_text(encoding="utf-8").splitlines(),
                path.read_text(encoding="utf-8").splitlines(),
                strict=True,
            )
            if old != new
        ]
        for path in changed
    }
    assert differing == {
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
    replace(tree / path, old, new)
    before = {path: (tree / path).read_text(encoding="utf-8") for path in (MODULE, VERSION, MANIFEST)}
    with pytest.raises(ReleaseError, match=rf"{path} must have 1 of .* it has {count}\."):
        write_all(tree, stamps(OLD))
    assert {path: (tree / path).read_text(encoding="utf-8") for path in before} == before


def test_a_value_is_text_and_no_pattern():
    assert Place("x", r'^a = "(?P<value>.*)"$', r"\1\g<value>").put('a = "b"\n') == 'a = "\\1\\g<value>"\n'


def test_another_table_is_written_once(tree):
    supported = tree / "netbox_plugin_reloader/compat/supported.json"
    replace(supported, '"last_tag": "4.5.10"', '"last_tag": "4.5.11"')
    changed = {str(path.relative_to(tree)) for path in write_all(tree, places(tree))}
    assert changed == {"README.md"}
    assert "| 4.5 | 4.5.0, 4.5.11 | 3.12, 3.13, 3.14 |" in (tree / "README.md").read_text(encoding="utf-8")
    assert put_all(tree, places(tree)) == {}


def test_another_increment_adds_rows_and_keeps_those_that_are_released(tree):
    replace(tree / VERSION, f'"{LINES[-1].version}"', f'"{LINES[-1].name}.{LINES[-1].increment + 1}"')
    write_all(tree, places(tree))
    versions = [
        line.split("|")[1].strip()
        for line in (tree / "COMPATIBILITY.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| 4.")
    ]
    assert versions[: len(LINES)] == [f"{line.name}.{line.increment + 1}" for line in reversed(LINES)]
    assert versions[len(LINES) :][: len(LINES)] == [line.version for line in reversed(LINES)]


def test_a_version_that_is_no_release_line_is_an_error(tree):
    replace(tree / VERSION, f'__version__ = "{LINES[-1].version}"', '__version__ = "4.7"')
    with pytest.raises(ReleaseError, match=r"one __version__ of the form X\.X\.Y"):
        read_lines(tree)


def test_only_what_git_tracks_is_copied_as_it_is_in_the_work_tree(tree, monkeypatch):
    (tree / "not-tracked").touch()
    replace(tree / "LICENSE", "MIT", "TIM")
    monkeypatch.setattr(build, "run", lambda command, failure: "LICENSE\0removed\0")
    build.copy_tracked(tree, tree / "copy")
    assert [path.name for path in (tree / "copy").iterdir()] == ["LICENSE"]
    assert "TIM" in (tree / "copy/LICENSE").read_text(encoding="utf-8")


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
    assert (tree / "README.md").read_text(encoding="utf-8").splitlines() == list(links.values())
    before, _, urls = (tree / "pyproject.toml").read_text(encoding="utf-8").partition("\n[project.urls]\n")
    assert before == (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert [url.partition(" = ")[0] for url in urls.splitlines()] == [
        "Homepage",
        "Repository",
        "Issues",
        "Documentation",
        "Changelog",
    ]
