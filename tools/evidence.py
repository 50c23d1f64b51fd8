"""What runs on real NetBoxes have shown at one commit of ours, and the pages of docs/development/evidence about it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from tests.lab.home import REPOSITORY_ROOT

if TYPE_CHECKING:
    import pytest

PAGES = REPOSITORY_ROOT / "docs" / "development" / "evidence"
PAGE = """\
<!-- Written by `{command}`. -->

{day}, commit `{commit}`, Python 3.12: {text}
"""


def tested_commit(*decisive: str) -> str:
    """Return the last commit that changed one of the files or folders that decide about a run.

    "" says that what is there is not committed. Raises subprocess.CalledProcessError where there is no repository.
    """
    if _git("status", "--porcelain", "--", *decisive):
        return ""
    return _git("log", "-1", "--format=%H", "--", *decisive)


class Evidence:
    """The results of one commit of ours, by name, in pytest's cache: a run goes on where it was interrupted.

    `decisive` are the files and folders that decide about a result.
    """

    def __init__(self, cache: pytest.Cache, *decisive: str) -> None:
        self.cache = cache
        self.decisive = decisive
        self.commit = tested_commit(*decisive)

    def recall(self, name: str) -> Any:
        """Return the latest result of this commit, or None. Of what is not committed nothing is remembered."""
        return self.cache.get(self._key(name), None) if self.commit else None

    def keep(self, name: str, result: Any) -> None:
        """Remember a result, which can be written as JSON."""
        self.cache.set(self._key(name), result)

    def write(self, page: str, command: str, text: str) -> None:
        """Write a page, unless what was run is not committed, or was changed meanwhile."""
        if self.commit and self.commit == tested_commit(*self.decisive):
            day = datetime.now(timezone.utc).date()
            filled = PAGE.format(command=command, day=day, commit=self.commit[:12], text=text)
            (PAGES / page).write_text(filled, encoding="utf-8")

    def _key(self, name: str) -> str:
        return f"evidence/{self.commit or 'uncommitted'}/{name}"


def table(headings: str, rows: Iterable[Iterable[object]]) -> str:
    """Return a Markdown table. `headings` are its first two lines."""
    return "\n".join([headings, *(f"| {' | '.join(map(str, row))} |" for row in rows)])


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(REPOSITORY_ROOT), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
