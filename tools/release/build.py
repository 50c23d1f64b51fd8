"""Build a line's release from a stamped copy of the tree, and check it: with packaging tools and in a real NetBox."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from tests.lab.lab import Lab
from tests.lab.processes import run
from tools.release.generate import stamps, write_all
from tools.release.lines import PACKAGE, Line, ReleaseError

RELATIVE_LINK = re.compile(r"(?P<image>!?)(?P<text>\[[^]]*\])\((?!\w+:|#)(?P<target>[^)\s]+)\)")


def build(root: Path, line: Line, folder: Path) -> Path:
    """Build both files of the release of ``line`` from the work tree ``root`` into ``folder``; return the wheel.

    The wheel is built from the source distribution. Raises ReleaseError if a place to stamp is missing, LabError if
    the build fails.
    """
    with tempfile.TemporaryDirectory() as temporary:
        tree = Path(temporary)
        copy_tracked(root, tree)
        write_all(tree, stamps(line))
        # The tree does not know its address, because it is the same in every fork; GitHub's workflows do.
        if repository := os.environ.get("GITHUB_REPOSITORY"):
            put_links(tree, f"{os.environ.get('GITHUB_SERVER_URL', 'https://github.com')}/{repository}", line)
        command: list[str | Path] = [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, tree]
        run(command, f"{line.version} cannot be built")
    return folder / f"{PACKAGE}-{line.version}-py3-none-any.whl"


def copy_tracked(root: Path, target: Path) -> None:
    """Copy what git tracks in ``root``, as it is in the work tree, to the folder ``target``."""
    # In a container the tree may belong to another user than the one who builds.
    command: list[str | Path] = ["git", "-C", root, "-c", f"safe.directory={root}", "ls-files", "-z"]
    for path in filter(None, run(command, f"git cannot list the files of {root}").split("\0")):
        if (root / path).is_file():
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / path, target / path)


def put_links(tree: Path, address: str, line: Line) -> None:
    """Make README's links lead to the tag of ``line`` in the repository at ``address``, and add the project's URLs.

    README is the page that PyPI shows, where a relative link leads nowhere.
    """

    def absolute(link: re.Match[str]) -> str:
        kind = "raw" if link["image"] else "blob"
        return f"{link['image']}{link['text']}({address}/{kind}/v{line.version}/{link['target']})"

    readme, project = tree / "README.md", tree / "pyproject.toml"
    readme.write_text(RELATIVE_LINK.sub(absolute, readme.read_text(encoding="utf-8")), encoding="utf-8")
    urls = {
        "Homepage": address,
        "Repository": address,
        "Issues": f"{address}/issues",
        "Documentation": f"{address}/tree/v{line.version}/docs",
        "Changelog": f"{address}/blob/v{line.version}/CHANGELOG.md",
    }
    with project.open("a", encoding="utf-8") as file:
        file.write("\n[project.urls]\n" + "".join(f'{name} = "{url}"\n' for name, url in urls.items()))


def check(folder: Path) -> None:
    """Raise LabError with what twine or check-wheel-contents find wrong in ``folder``."""
    files = sorted(folder.glob(f"{PACKAGE}-*"))
    run([sys.executable, "-m", "twine", "check", "--strict", *files], "twine refuses a file")
    wheels = [file for file in files if file.suffix == ".whl"]
    run([sys.executable, "-m", "check_wheel_contents", *wheels], "check-wheel-contents refuses a file")


def load(line: Line, wheel: Path) -> None:
    """Start the last NetBox of ``line`` with ``wheel`` in place of the source.

    Raises LabError if NetBox cannot be had, does not start or skips the plugin, and ReleaseError if the release that it
    loads is not that of ``line``.
    """
    release = line.row["last_tag"]
    with Lab().open(release, package=wheel) as netbox:
        status = netbox.inside("manage", "plugin_reloader", "status", "--json")
        report = json.loads(run(status, f"NetBox {release} does not load {wheel.name}", environ=netbox.environ))
    found = [report["version"], report["strategy"], report["plugins"][-1]["needs"]["max_version"]]
    if found != [line.version, line.name, line.max_version]:
        raise ReleaseError(f"NetBox {release} loads {found}, not {line.version}.")
