"""Which commit of ours a run tests."""

from __future__ import annotations

import subprocess

from tests.lab.home import REPOSITORY_ROOT


def tested_commit(*decisive: str) -> str:
    """Return the last commit that changed one of the files or folders that decide about a run.

    "" says that what is there is not committed. Raises subprocess.CalledProcessError where there is no repository.
    """
    if _git("status", "--porcelain", "--", *decisive):
        return ""
    return _git("log", "-1", "--format=%H", "--", *decisive)


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(REPOSITORY_ROOT), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
