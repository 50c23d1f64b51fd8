"""The release tool: the stamped places, what is generated, and what is built and checked of a line."""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path

import pytest

from tests.lab.errors import LabError
from tools.release import artifacts, index, loading
from tools.release.__main__ import ROOT
from tools.release.errors import ReleaseError
from tools.release.generate import places
from tools.release.lines import Line, read_increment, read_lines
from tools.release.places import Place, put_all, write_all
from tools.release.source import commit_time, copy_tracked, tracked
from tools.release.stamp import MANIFEST, stamps

LINES = read_lines(ROOT)
OLD = LINES[1]
MODULE = "netbox_plugin_reloader/__init__.py"


@pytest.fixture
def tree(tmp_path):
    """A copy of what git tracks."""
    copy_tracked(ROOT, tmp_path / "tree")
    return tmp_path / "tree"


def replace(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_stamping_changes_version_and_bounds_only(tree):
    changed = write_all(tree, stamps(OLD))
    assert changed == [tree / MODULE, tree / MANIFEST]
    for path in changed:
        before = (ROOT / path.relative_to(tree)).read_text(encoding="utf-8").splitlines()
        after = path.read_text(encoding="utf-8").splitlines()
        differing = [new for old, new in zip(before, after, strict=True) if old != new]
        assert (
            differing
            == {
                tree / MODULE: [f'__version__ = "{OLD.version}"', f'    max_version = "{OLD.name}.99"'],
                tree / MANIFEST: [f'netbox_max: "{OLD.name}.99"'],
            }[path]
        )


def test_the_tree_is_that_of_the_newest_line():
    assert put_all(ROOT, stamps(LINES[-1])) == {}


@pytest.mark.parametrize(
    ("path", "old", "new", "count"),
    [
        (MODULE, "__version__ = ", "__version__: str = ", 0),
        (MODULE, '    max_version = "', '    max_version = "4.1.99"\n    max_version = "', 2),
        (MANIFEST, "netbox_max", "maximum", 0),
    ],
)
def test_a_place_that_is_not_there_once_is_an_error(tree, path, old, new, count):
    replace(tree / path, old, new)
    before = {path: (tree / path).read_text(encoding="utf-8") for path in (MODULE, MANIFEST)}
    with pytest.raises(ReleaseError, match=rf"{path} must have 1 of .* it has {count}\."):
        write_all(tree, stamps(OLD))
    assert {path: (tree / path).read_text(encoding="utf-8") for path in before} == before


def test_a_missing_file_is_an_error(tree):
    (tree / MANIFEST).unlink()
    with pytest.raises(ReleaseError, match=f"There is no {MANIFEST}"):
        write_all(tree, stamps(OLD))


def test_a_value_is_text_and_no_pattern():
    assert Place("x", r'^a = "(?P<value>.*)"$', r"\1\g<value>").put('a = "b"\n') == 'a = "\\1\\g<value>"\n'


def test_every_place_agrees_with_the_supported_table():
    assert [path.name for path in put_all(ROOT, places(ROOT))] == []


def test_another_table_is_written_everywhere_and_once(tree):
    supported = tree / "netbox_plugin_reloader/compat/supported.json"
    replace(supported, '"last_tag": "4.5.10"', '"last_tag": "4.5.11"')
    changed = {str(path.relative_to(tree)) for path in write_all(tree, places(tree))}
    assert changed == {"tox.ini", ".github/workflows/ci.yml", "README.md"}
    for name in changed:
        assert "4.5.11" in (tree / name).read_text(encoding="utf-8")
        assert "4.5.10" not in (tree / name).read_text(encoding="utf-8").replace("4.5.10 --", "")
    assert put_all(tree, places(tree)) == {}


def test_another_increment_adds_rows_and_keeps_those_that_are_released(tree):
    replace(tree / MODULE, f'"{LINES[-1].version}"', f'"{LINES[-1].name}.{LINES[-1].increment + 1}"')
    write_all(tree, places(tree))
    versions = [
        line.split("|")[1].strip()
        for line in (tree / "COMPATIBILITY.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| 4.")
    ]
    assert versions[: len(LINES)] == [f"{line.name}.{line.increment + 1}" for line in reversed(LINES)]
    assert versions[len(LINES) :][: len(LINES)] == [line.version for line in reversed(LINES)]


def test_a_version_that_is_no_release_line_is_an_error(tree):
    replace(tree / MODULE, f'__version__ = "{LINES[-1].version}"', '__version__ = "4.7"')
    with pytest.raises(ReleaseError, match=r"one __version__ of the form X\.X\.Y"):
        read_increment(tree)


def test_only_what_git_tracks_is_copied(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    for name in ("kept", "left"):
        (root / name).write_text(name)
    git = ["git", "-C", root, "-c", "user.name=x", "-c", "user.email=x@example.com"]
    for command in (["init", "-q"], ["add", "kept"], ["commit", "-qm", "x", "--date", "@1", "--no-gpg-sign"]):
        subprocess.run([*git, *command], check=True)
    (root / "kept").write_text("as it is in the work tree")
    copy_tracked(root, tmp_path / "copy")
    assert tracked(root) == ["kept"]
    assert [path.name for path in (tmp_path / "copy").iterdir()] == ["kept"]
    assert (tmp_path / "copy/kept").read_text() == "as it is in the work tree"
    assert commit_time(root) > 0


METADATA = f"""\
Metadata-Version: 2.4
Name: netbox-plugin-reloader
Version: {OLD.version}
License-Expression: MIT
License-File: LICENSE
Requires-Dist: packaging>=22
"""


@pytest.fixture(autouse=True)
def outside_a_workflow(monkeypatch):
    """Know of no repository."""
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)


def test_metadata_of_its_line_is_accepted():
    artifacts.verify_metadata(OLD, METADATA)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (OLD.version, LINES[-1].version, f"version of {OLD.version}: '{LINES[-1].version}'"),
        ("packaging>=22", "django>=5", r"requirements of .*\['django'\], and must be \['packaging'\]"),
        ("MIT", "Apache-2.0", "licence"),
        ("License-File: LICENSE\n", "", "licence"),
        ("Version: ", "Version: x", "bad metadata"),
    ],
)
def test_other_metadata_is_refused(old, new, message):
    with pytest.raises(ReleaseError, match=message):
        artifacts.verify_metadata(OLD, METADATA.replace(old, new))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("", "source of .*None"),
        ("Project-URL: Source, https://github.com/another/name\n", "source of .*another"),
        (
            "Project-URL: Source, https://github.com/owner/name\n\n[page](docs/page.md)\n",
            r"relative links of .*\['docs/page.md'\]",
        ),
    ],
)
def test_metadata_that_leads_elsewhere_than_to_the_repository_is_refused(monkeypatch, more, message):
    monkeypatch.setenv("GITHUB_REPOSITORY", "owner/name")
    monkeypatch.delenv("GITHUB_SERVER_URL", raising=False)
    with pytest.raises(ReleaseError, match=message):
        artifacts.verify_metadata(OLD, METADATA + more)


def test_bounds_of_another_line_are_refused(tree):
    text = (tree / MODULE).read_text(encoding="utf-8")
    manifest = (tree / MANIFEST).read_text(encoding="utf-8")
    artifacts.verify_module(LINES[-1], text)
    artifacts.verify_manifest(LINES[-1], manifest)
    with pytest.raises(ReleaseError, match="version and bounds"):
        artifacts.verify_module(OLD, text)
    with pytest.raises(ReleaseError, match="manifest"):
        artifacts.verify_manifest(OLD, manifest)


def test_files_too_many_and_too_few_are_named():
    with pytest.raises(ReleaseError, match=r"unexpected \['b'\], missing \['a'\]"):
        artifacts.expect(OLD, "files of the wheel", {"b", "c"}, {"a", "c"})


@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_an_installer_that_chooses_another_release_is_named(monkeypatch, installer):
    def choose(folder, requirement):
        return requirement.partition("~=")[2] or LINES[-1].version

    for name in ("chosen_by_pip", "chosen_by_uv"):
        monkeypatch.setattr(index, name, choose)
    index.verify(Path("dist"), LINES)
    monkeypatch.setattr(index, f"chosen_by_{installer}", lambda folder, requirement: LINES[-1].version)
    with pytest.raises(ReleaseError, match=f"{installer} chooses {LINES[-1].version} for .*~={LINES[0].version}"):
        index.verify(Path("dist"), LINES)


def test_each_line_is_tried_on_its_own_netbox_and_on_the_next():
    planned = list(loading.trials(LINES))
    for line in LINES:
        loads = {trial.tag for trial in planned if trial.line == line and trial.netbox == line and trial.loads}
        assert loads == set(line.tags)
    skipped = [(trial.line, trial.netbox) for trial in planned if not trial.loads]
    assert skipped == list(itertools.pairwise(LINES))
    assert {trial.tag for trial in planned if trial.line == LINES[-1]} >= set(LINES[0].tags)


FOUND = (
    '{"netbox": "%s", "loaded": %s, "file": "/x/netbox_plugin_reloader/__init__.py", "versions": ["%s", "%s"],'
    ' "strategy": "%s", "refused": {"4.4.0": %s}}'
)
REFUSED = '["IncompatiblePluginError", "maximum version 4.3.99"]'
OWN = loading.Trial(OLD, OLD, OLD.first_tag)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (("4.3.0", "true", "4.3.5", "4.3.5", "4.3", REFUSED), None),
        (("4.3.7", "true", "4.3.5", "4.3.5", "4.3", REFUSED), "netbox is '4.3.7'"),
        (("4.3.0", "false", "4.3.5", "4.3.5", "4.3", REFUSED), "loaded is False"),
        (("4.3.0", "true", "4.7.5", "4.3.5", "4.3", REFUSED), "versions is"),
        (("4.3.0", "true", "4.3.5", "4.3.5", "4.2", REFUSED), "strategy is '4.2'"),
        (("4.3.0", "true", "4.3.5", "4.3.5", "4.3", "null"), "NetBox 4.4.0 is refused with nothing"),
    ],
)
def test_what_netbox_did_is_judged(values, message):
    line = Line("4.3", "4.3.0", "4.3.7", ("3.12",), "5.2", 5, "4.2.0")
    trial = loading.Trial(line, line, "4.3.0")
    done = subprocess.CompletedProcess([], 0, "noise\n" + FOUND % values + "\n", "")
    if message is None:
        loading.judge(trial, done, Path("/x"))
        return
    with pytest.raises(ReleaseError, match=message):
        loading.judge(trial, done, Path("/x"))


def test_a_netbox_that_does_not_start_fails_the_trial():
    with pytest.raises(ReleaseError, match="NetBox does not start:\nboom"):
        loading.judge(OWN, subprocess.CompletedProcess([], 1, "", "boom"), Path("/x"))


def test_a_folder_outside_git_is_refused(tmp_path):
    with pytest.raises(LabError, match="cannot be listed"):
        tracked(tmp_path)
