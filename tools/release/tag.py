"""May a tag be published? Each rule is a function, that says in one sentence what is missing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from packaging.version import Version

from tools.release.errors import ReleaseError
from tools.release.generate import CHANGELOG, COMPATIBILITY, places
from tools.release.lines import DISTRIBUTION, Line, read_lines
from tools.release.places import put_all

PYPI = f"https://pypi.org/pypi/{DISTRIBUTION}/json"
HEADING = re.compile(r"^## (?P<versions>\d[\d., ]*)(?P<state> - \d{4}-\d\d-\d\d| \(unreleased\))$", re.MULTILINE)
REQUIRED_CHECK = "All green"
NOT_FOUND = 404


def decide(root: Path, tag: str, published: Iterable[str], check_runs: Mapping[str, Any]) -> Line:
    """Return the line that ``tag`` publishes from the tree ``root``.

    ``published`` are the versions on PyPI, ``check_runs`` is what GitHub's API answers about the tag's commit.
    Raises ReleaseError for the first rule that is not kept.
    """
    lines = read_lines(root)
    line = line_of(tag, lines)
    require_newer(line, published)
    notes(line, (root / CHANGELOG).read_text(encoding="utf-8"))
    require_row(line, (root / COMPATIBILITY).read_text(encoding="utf-8"))
    outdated = [str(path.relative_to(root)) for path in put_all(root, places(root))]
    if outdated:
        raise ReleaseError(f"{', '.join(outdated)} must agree with the supported table: run tox run -e generate.")
    require_green(check_runs)
    return line


def line_of(tag: str, lines: Sequence[Line]) -> Line:
    """Return the line whose release ``tag`` names. Raises ReleaseError unless the tree has that version."""
    wanted = {f"v{line.version}": line for line in lines}
    if tag not in wanted:
        raise ReleaseError(f"The tag {tag!r} is none of {', '.join(wanted)}, which this commit can be released as.")
    return wanted[tag]


def published_versions(url: str = PYPI) -> list[str]:
    """Return every version that PyPI knows of us, also those that were yanked; none if it does not know us.

    Raises ReleaseError if PyPI cannot be asked.
    """
    try:
        with urlopen(url, timeout=30) as answer:
            return list(json.load(answer)["releases"])
    except HTTPError as error:
        if error.code == NOT_FOUND:
            return []
        raise ReleaseError(f"{url} answers {error.code}.") from error
    except OSError as error:
        raise ReleaseError(f"{url} cannot be reached: {error}.") from error


def require_newer(line: Line, published: Iterable[str]) -> None:
    """Raise ReleaseError unless the line's version is newer than each that was published of the same line."""
    same_line = [version for version in map(Version, published) if f"{version.major}.{version.minor}" == line.name]
    newest = max(same_line, default=None)
    if newest is not None and Version(line.version) <= newest:
        raise ReleaseError(f"{line.version} must be newer than {newest}, which is on PyPI.")


def notes(line: Line, changelog: str) -> str:
    """Return the text under the heading that names the line's version.

    Raises ReleaseError if there is no such section, if it bears no date, or does not name the NetBox line.
    """
    headings = [*HEADING.finditer(changelog)]
    for heading in headings:
        if line.version in heading["versions"].split(", "):
            break
    else:
        raise ReleaseError(f"{CHANGELOG} has no section for {line.version}.")
    if "unreleased" in heading["state"]:
        raise ReleaseError(f"{CHANGELOG}: the section of {line.version} must bear a date, and not be unreleased.")
    later = [other.start() for other in headings if other.start() > heading.start()]
    text = changelog[heading.end() : min(later, default=len(changelog))].strip()
    if not re.search(rf"^> \*\*Compatibility:\*\* .*\bv{re.escape(line.name)}\b", text, re.MULTILINE):
        raise ReleaseError(f"{CHANGELOG}: the compatibility of {line.version} does not name NetBox v{line.name}.")
    return f"{text}\n"


def require_row(line: Line, compatibility: str) -> None:
    """Raise ReleaseError unless COMPATIBILITY has the line's row."""
    row = f"| {line.version} | {line.min_version} | {line.max_version} |"
    if row not in compatibility.splitlines():
        raise ReleaseError(f"{COMPATIBILITY} must have the row {row}")


def require_green(check_runs: Mapping[str, Any]) -> None:
    """Raise ReleaseError unless CI's last job succeeded on the commit each time that it ran."""
    runs = [
        run
        for run in check_runs["check_runs"]
        if run["name"] == REQUIRED_CHECK and run["app"]["slug"] == "github-actions"
    ]
    conclusions = {str(run["conclusion"] or run["status"]) for run in runs}
    if conclusions != {"success"}:
        found = ", ".join(sorted(conclusions)) or "not there"
        raise ReleaseError(f"CI's check {REQUIRED_CHECK!r} must be a success on this commit; it is {found}.")
