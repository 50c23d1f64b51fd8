"""Which NetBox releases are verified: every final one of a supported line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from packaging.version import InvalidVersion, Version

from tests.lab.source import SUPPORTED


def supported_rows(lines: Iterable[str] = ()) -> list[dict[str, str]]:
    """Return the rows of the supported table for some lines, such as "4.5", or all of them, the oldest first.

    Raises ValueError when one is not supported.
    """
    rows = {row["line"]: row for row in SUPPORTED}
    unknown = sorted(set(lines) - rows.keys())
    if unknown:
        raise ValueError(f"{', '.join(unknown)} is no supported line: give one of {', '.join(rows)}.")
    return [rows[line] for line in sorted(lines, key=Version) or rows]


def releases_to_verify(published: Mapping[str, Iterable[str]], rows: Iterable[Mapping[str, str]]) -> list[str]:
    """Return the final releases of the ``rows``, the oldest first, from what each source has ``published``.

    Raises ValueError when nothing is published of a line.
    """
    releases = []
    for row in rows:
        final = sorted(version for version in map(_parse, published[row["source"]]) if version)
        of_line = [str(version) for version in final if f"{version.major}.{version.minor}" == row["line"]]
        if not of_line:
            raise ValueError(f"No release of NetBox {row['line']} is published.")
        releases += of_line
    return releases


def unknown_releases(published: Mapping[str, Iterable[str]], rows: Iterable[Mapping[str, str]]) -> dict[str, list[str]]:
    """Return by source the final releases that are newer than the last one of their line, or of a newer line.

    ``rows`` are those of the supported table, the oldest first.
    """
    last = {row["line"]: Version(row["last_tag"]) for row in rows}
    newest = max(last.values())
    found = {}
    for source, tags in published.items():
        versions = sorted(version for version in map(_parse, tags) if version)
        new = [version for version in versions if version > last.get(f"{version.major}.{version.minor}", newest)]
        found[source] = [str(version) for version in new]
    return found


def _parse(tag: str) -> Version | None:
    try:
        version = Version(tag)
    except InvalidVersion:
        return None
    return None if version.is_prerelease else version
