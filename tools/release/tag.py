"""May a tag be published? PyPI itself refuses a version that it has; the rest is checked here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.release.generate import CHANGELOG
from tools.release.lines import Line, ReleaseError, read_lines

REQUIRED_CHECK = "All green"


def decide(root: Path, tag: str, check_runs: Mapping[str, Any]) -> Line:
    """Return the line that ``tag`` publishes from the tree ``root``.

    ``check_runs`` is what GitHub's API answers about the tag's commit. Raises ReleaseError for the first rule that is
    not kept.
    """
    lines = {f"v{line.version}": line for line in read_lines(root)}
    if tag not in lines:
        raise ReleaseError(f"The tag {tag!r} is not one of those of this commit: {', '.join(lines)}.")
    notes(root, lines[tag])
    # CI may have run several times on a commit, and other apps may use the same name. Its unit tests compare what
    # people read with the supported table.
    conclusions = {
        str(run["conclusion"] or run["status"])
        for run in check_runs["check_runs"]
        if run["name"] == REQUIRED_CHECK and run["app"]["slug"] == "github-actions"
    }
    if conclusions != {"success"}:
        found = ", ".join(sorted(conclusions)) or "not there"
        raise ReleaseError(f"CI's check {REQUIRED_CHECK!r} must be a success on this commit; it is {found}.")
    return lines[tag]


def notes(root: Path, line: Line) -> str:
    """Return the section of the CHANGELOG that names the line's version.

    Raises ReleaseError if there is no such section, if it bears no date, or does not name the NetBox line.
    """
    for section in re.split(r"^## ", (root / CHANGELOG).read_text(encoding="utf-8"), flags=re.MULTILINE):
        heading, _, text = section.partition("\n")
        versions, _, date = heading.partition(" - ")
        if line.version in versions.split(", ") and re.fullmatch(r"\d{4}-\d\d-\d\d", date):
            if re.search(rf"^> \*\*Compatibility:\*\* .*\bv{re.escape(line.name)}\b", text, re.MULTILINE):
                return f"{text.strip()}\n"
            raise ReleaseError(f"{CHANGELOG}: the compatibility of {line.version} does not name NetBox v{line.name}.")
    raise ReleaseError(f"{CHANGELOG} has no section of {line.version} that bears a date.")
