"""Which NetBox releases are verified: every final one of a supported line, and of a line without one its beta."""

from __future__ import annotations

from collections.abc import Iterable

from packaging.version import InvalidVersion, Version

from tests.lab.source import SUPPORTED


def releases_to_verify(tags: Iterable[str], lines: Iterable[str] = ()) -> list[str]:
    """Return the releases among NetBox's `tags` that the supported table admits, the oldest first.

    `lines` narrows them down to some lines, such as "4.5". Raises ValueError when one is not supported.
    """
    rows = {row["line"]: row for row in SUPPORTED}
    unknown = sorted(set(lines) - rows.keys())
    if unknown:
        raise ValueError(f"{', '.join(unknown)} is no supported line: give one of {', '.join(rows)}.")
    final = sorted(version for version in map(_parse, tags) if version and not version.is_prerelease)
    releases = []
    for line in sorted(lines, key=Version) or rows:
        of_line = [str(version) for version in final if f"{version.major}.{version.minor}" == line]
        releases += of_line or [rows[line]["last_tag"]]
    return releases


def _parse(tag: str) -> Version | None:
    try:
        return Version(tag)
    except InvalidVersion:
        return None
