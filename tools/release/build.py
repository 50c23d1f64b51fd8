"""Build the source distribution and the wheel of a line, from a stamped copy of the tree."""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.lab.processes import run
from tools.release.errors import ReleaseError
from tools.release.lines import PACKAGE, Line
from tools.release.links import put_links, repository
from tools.release.places import write_all
from tools.release.source import commit_time, copy_tracked
from tools.release.stamp import stamps


@dataclass(frozen=True)
class Artifacts:
    """What is published of a line."""

    line: Line
    sdist: Path
    wheel: Path


def build(root: Path, line: Line, folder: Path) -> Artifacts:
    """Build the release of ``line`` from the work tree ``root`` into ``folder`` and return its two files.

    The wheel is built from the source distribution. Neither depends on the clock: the files' dates are that of the
    commit. In a workflow of GitHub the links lead to its repository. Raises ReleaseError if a place to stamp is
    missing, LabError if the build fails.
    """
    with tempfile.TemporaryDirectory() as temporary:
        tree = Path(temporary) / "tree"
        copy_tracked(root, tree)
        write_all(tree, stamps(line))
        if address := repository():
            put_links(tree, address, line)
        run(
            [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, tree],
            f"{line.version} cannot be built",
            environ={**os.environ, "SOURCE_DATE_EPOCH": str(commit_time(root))},
        )
    artifacts = Artifacts(
        line,
        folder / f"{PACKAGE}-{line.version}.tar.gz",
        folder / f"{PACKAGE}-{line.version}-py3-none-any.whl",
    )
    for path in (artifacts.sdist, artifacts.wheel):
        if not path.is_file():
            raise ReleaseError(f"The build of {line.version} made no {path.name}.")
    return artifacts
