"""The lines that a commit is released as: the supported table, and the increment that they have in common."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab.errors import LabError

PACKAGE = "netbox_plugin_reloader"


class ReleaseError(LabError):
    """Something a release needs is missing, or is not what it must be."""


@dataclass(frozen=True)
class Line:
    """A NetBox line: its ``row`` of the supported table, and what all lines of the tree have in common.

    ``increment`` is the last number of their versions, ``min_version`` the oldest NetBox that they admit.
    """

    row: Mapping[str, Any]
    increment: int
    min_version: str

    @property
    def name(self) -> str:
        """The line, for example ``4.3``."""
        return str(self.row["line"])

    @property
    def version(self) -> str:
        """The version of the release that admits no newer line, for example ``4.3.5``."""
        return f"{self.name}.{self.increment}"

    @property
    def max_version(self) -> str:
        """The newest NetBox that this release admits: all of its line."""
        return f"{self.name}.99"


def read_lines(root: Path) -> tuple[Line, ...]:
    """Return the supported lines of the tree ``root``, oldest first. Raises ReleaseError if it states no version."""
    rows = json.loads((root / PACKAGE / "compat" / "supported.json").read_text(encoding="utf-8"))
    text = (root / PACKAGE / "version.py").read_text(encoding="utf-8")
    found = re.findall(r'^__version__ = "\d+\.\d+\.(\d+)"$', text, re.MULTILINE)
    if len(found) != 1:
        raise ReleaseError(f"{PACKAGE}/version.py must state one __version__ of the form X.X.Y; it has {len(found)}.")
    return tuple(Line(row, int(found[0]), f"{rows[0]['line']}.0") for row in rows)
