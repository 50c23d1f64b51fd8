"""The files that git tracks, and when they were committed."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.lab.processes import run


def git(root: Path, *arguments: str) -> str:
    """Return what git prints in the work tree ``root``. Raises LabError if there is no git, or it fails."""
    # Whoever may run this may also read the tree, even if it belongs to somebody else, as it does in containers.
    command: list[str | Path] = ["git", "-C", root, "-c", f"safe.directory={root}", *arguments]
    return run(command, f"What git tracks in {root} cannot be listed")


def tracked(root: Path) -> list[str]:
    """Return the paths that git tracks in ``root`` and that are there, sorted."""
    return sorted(path for path in git(root, "ls-files", "-z").split("\0") if path and (root / path).is_file())


def copy_tracked(root: Path, target: Path) -> None:
    """Copy what git tracks in ``root``, as it is in the work tree, to the new folder ``target``."""
    for path in tracked(root):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / path, target / path)


def commit_time(root: Path) -> int:
    """Return when the current commit was made, in seconds since 1970."""
    return int(git(root, "log", "-1", "--format=%ct"))
