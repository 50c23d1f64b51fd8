"""Places in files that hold a value of the supported table, and putting the value there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tools.release.errors import ReleaseError


@dataclass(frozen=True)
class Place:
    """Where the file ``path`` holds ``value``: the group ``value`` of ``pattern``, which must match ``times`` times."""

    path: str
    pattern: str
    value: str
    times: int = 1

    def put(self, text: str) -> str:
        """Return ``text`` with the value in each place. Raises ReleaseError if there are more places, or fewer."""
        matches = list(re.finditer(self.pattern, text, re.MULTILINE))
        if len(matches) != self.times:
            raise ReleaseError(
                f"{self.path} must have {self.times} of {self.pattern!r}, where {self.value!r} belongs; "
                f"it has {len(matches)}."
            )
        for match in reversed(matches):
            text = text[: match.start("value")] + self.value + text[match.end("value") :]
        return text


def put_all(root: Path, places: Iterable[Place]) -> dict[Path, str]:
    """Return the new text of each file below ``root`` that changes when every place gets its value.

    Nothing is written. Raises ReleaseError if a file is missing or a place cannot be found.
    """
    before: dict[Path, str] = {}
    after: dict[Path, str] = {}
    for place in places:
        path = root / place.path
        if path not in before:
            try:
                before[path] = after[path] = path.read_text(encoding="utf-8")
            except FileNotFoundError as error:
                raise ReleaseError(f"There is no {place.path}, where {place.value!r} belongs.") from error
        after[path] = place.put(after[path])
    return {path: text for path, text in after.items() if text != before[path]}


def write_all(root: Path, places: Iterable[Place]) -> list[Path]:
    """Put each value in its place and return the files that changed. Raises ReleaseError as :func:`put_all` does."""
    changed = put_all(root, places)
    for path, text in changed.items():
        path.write_text(text, encoding="utf-8")
    return list(changed)
