"""The lines that a commit is released as: the supported table, and the increment that they have in common."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from tools.release.errors import ReleaseError

PACKAGE = "netbox_plugin_reloader"
DISTRIBUTION = "netbox-plugin-reloader"


@dataclass(frozen=True)
class Line:
    """A NetBox line, as the supported table has it, and what all lines of the tree have in common.

    ``source`` says where NetBox's releases come from: ``checkout`` or ``index``. ``increment`` is the last number of
    their versions, ``min_version`` the oldest NetBox that they admit.
    """

    name: str
    first_tag: str
    last_tag: str
    source: str
    pythons: tuple[str, ...]
    django: str
    increment: int
    min_version: str

    @property
    def version(self) -> str:
        """The version of the release that admits no newer line, for example ``4.3.5``."""
        return f"{self.name}.{self.increment}"

    @property
    def max_version(self) -> str:
        """The newest NetBox that this release admits: all of its line."""
        return f"{self.name}.99"

    @property
    def factor(self) -> str:
        """What stands for the line in names of tox environments, for example ``43``."""
        return self.name.replace(".", "")

    @property
    def tags(self) -> tuple[str, ...]:
        """The NetBox releases that it is tested with: the line's first and last, which may be one."""
        return tuple(dict.fromkeys([self.first_tag, self.last_tag]))


def read_lines(root: Path) -> tuple[Line, ...]:
    """Return the supported lines of the tree ``root``, oldest first. Raises ReleaseError if it states no version."""
    increment = read_increment(root)
    rows = json.loads((root / PACKAGE / "compat" / "supported.json").read_text(encoding="utf-8"))
    return tuple(
        Line(
            row["line"],
            row["first_tag"],
            row["last_tag"],
            row["source"],
            tuple(row["pythons"]),
            row["django"],
            increment,
            min_version=f"{rows[0]['line']}.0",
        )
        for row in rows
    )


def read_increment(root: Path) -> int:
    """Return the last number of the tree's ``__version__``. Raises ReleaseError if it is not of the form X.X.Y."""
    text = (root / PACKAGE / "version.py").read_text(encoding="utf-8")
    found = re.findall(r'^__version__ = "\d+\.\d+\.(\d+)"$', text, re.MULTILINE)
    if len(found) != 1:
        raise ReleaseError(f"{PACKAGE}/version.py must state one __version__ of the form X.X.Y; it has {len(found)}.")
    return int(found[0])
