"""What follows from the supported table and stands elsewhere too: version, bounds, classifiers and documentation.

tox.ini and the workflows name lines only; ``tests/unit/tools/test_supported_table.py`` compares them with the table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.release.lines import PACKAGE, Line, ReleaseError, read_lines

CHANGELOG = "CHANGELOG.md"
COMPATIBILITY = "COMPATIBILITY.md"
MANIFEST = "netbox-plugin.yaml"
MODULE = f"{PACKAGE}/__init__.py"
VERSION = f"{PACKAGE}/version.py"
COMPATIBILITY_ROWS = re.compile(r"^\| (\d[\d.]+) \| [\d.]+ \| [\d.]+ \|\n", re.MULTILINE)
UNRELEASED = r"^## [\d., ]+ \(unreleased\)$"


@dataclass(frozen=True)
class Place:
    """Where the file ``path`` holds ``value``: the group ``value`` of ``pattern``, which must match once."""

    path: str
    pattern: str
    value: str

    def put(self, text: str) -> str:
        """Return ``text`` with the value in its place. Raises ReleaseError if the place does not occur exactly once."""
        matches = list(re.finditer(self.pattern, text, re.MULTILINE))
        if len(matches) != 1:
            raise ReleaseError(
                f"{self.path} must have 1 of {self.pattern!r}, where {self.value!r} belongs; it has {len(matches)}."
            )
        return text[: matches[0].start("value")] + self.value + text[matches[0].end("value") :]


def write_all(root: Path, places: Iterable[Place]) -> list[Path]:
    """Put each value in its place below ``root``, and return the files that changed.

    Raises ReleaseError, and writes nothing, if a place does not occur exactly once.
    """
    texts: dict[Path, str] = {}
    for place in places:
        path = root / place.path
        texts[path] = place.put(texts.get(path) or path.read_text(encoding="utf-8"))
    changed = [path for path, text in texts.items() if text != path.read_text(encoding="utf-8")]
    for path in changed:
        path.write_text(texts[path], encoding="utf-8")
    return changed


def places(root: Path) -> list[Place]:
    """Return every place in the tree ``root`` that is written from its supported table, and what belongs there.

    Raises ReleaseError if the tree states no version.
    """
    lines = read_lines(root)
    pythons = {python: None for line in lines for python in line.row["pythons"]}
    return [
        *stamps(lines[-1]),
        _classifiers("Framework :: Django :: ", dict.fromkeys(line.row["django"] for line in lines)),
        _classifiers("Programming Language :: Python :: ", pythons),
        Place("README.md", r"(?P<value>(?:^\| \d\.\d+ \|.*\| `~=[\d.]+`.*\n)+)", "".join(map(_readme_row, lines))),
        *_documentation(root, lines),
    ]


def stamps(line: Line) -> tuple[Place, ...]:
    """Return the places that make a tree the release of ``line``: the version, and the NetBox releases it admits."""
    return (
        Place(VERSION, r'^__version__ = "(?P<value>[^"\n]*)"$', line.version),
        Place(MODULE, r'^    min_version = "(?P<value>[^"\n]*)"$', line.min_version),
        Place(MODULE, r'^    max_version = "(?P<value>[^"\n]*)"$', line.max_version),
        Place(MANIFEST, r'^netbox_min: "(?P<value>[^"\n]*)"$', line.min_version),
        Place(MANIFEST, r'^netbox_max: "(?P<value>[^"\n]*)"$', line.max_version),
    )


def _classifiers(prefix: str, versions: Iterable[str]) -> Place:
    rows = "".join(f'  "{prefix}{version}",\n' for version in versions)
    return Place("pyproject.toml", rf'(?P<value>(?:^  "{prefix}\d\.\d+",\n)+)', rows)


def _readme_row(line: Line) -> str:
    tags = ", ".join(dict.fromkeys([line.row["first_tag"], line.row["last_tag"]]))
    tested = f"{tags} (wheels)" if line.row["source"] == "index" else tags
    return f"| {line.name} | {tested} | {', '.join(line.row['pythons'])} | `~={line.version}`, or no pin |\n"


def _documentation(root: Path, lines: Sequence[Line]) -> list[Place]:
    """Return the places in COMPATIBILITY, which keeps earlier releases, and at the head of an unreleased CHANGELOG."""
    compatibility = (root / COMPATIBILITY).read_text(encoding="utf-8")
    suffix = f".{lines[-1].increment}"
    rows = [f"| {line.version} | {line.min_version} | {line.max_version} |\n" for line in reversed(lines)]
    rows += [row[0] for row in COMPATIBILITY_ROWS.finditer(compatibility) if not row[1].endswith(suffix)]
    found = [Place(COMPATIBILITY, rf"(?P<value>(?:{COMPATIBILITY_ROWS.pattern})+)", "".join(rows))]
    if re.search(UNRELEASED, (root / CHANGELOG).read_text(encoding="utf-8"), re.MULTILINE):
        head = rf"(?P<value>{UNRELEASED}\n\n> \*\*Compatibility:\*\* NetBox .+$)"
        versions, names = ", ".join(line.version for line in lines), ", ".join(f"v{line.name}" for line in lines)
        found.append(Place(CHANGELOG, head, f"## {versions} (unreleased)\n\n> **Compatibility:** NetBox {names}"))
    return found
