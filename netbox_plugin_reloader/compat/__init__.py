"""The dispatcher: which NetBox releases are supported, and which strategy knows the running one."""

from __future__ import annotations

import json
import pkgutil
import re
from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import NamedTuple

from packaging.version import InvalidVersion, Version

from .base import Strategy

__all__ = (
    "SUPPORTED",
    "SupportedLine",
    "UnsupportedNetBoxVersion",
    "admits",
    "is_older",
    "line_of",
    "newer_than_tested",
    "release_for",
    "running_version",
    "select",
    "starts_only_with_all_plugins",
    "why_unsupported",
)


class SupportedLine(NamedTuple):
    """One row of the supported table (``supported.json``): a NetBox line and what it is tested with.

    Line 4.5 is every release from 4.5.0 on and before 4.6. ``source`` is where they come from: ``index`` for wheels of
    the package index, ``checkout`` for tags of NetBox's repository.
    """

    line: str
    strategy: str
    first_tag: str
    last_tag: str
    source: str
    pythons: tuple[str, ...]
    django: str


def _read_table() -> tuple[SupportedLine, ...]:
    rows = json.loads(pkgutil.get_data(__name__, "supported.json") or b"[]")
    return tuple(SupportedLine(**{**row, "pythons": tuple(row["pythons"])}) for row in rows)


SUPPORTED: tuple[SupportedLine, ...] = _read_table()
"""The supported NetBox lines, oldest first, without gap or overlap."""


class UnsupportedNetBoxVersion(Exception):
    """This release of the package does not know the running NetBox."""

    def __init__(self, found: object) -> None:
        advice = release_for(found)
        super().__init__(
            f"NetBox version {found!r} is not supported: this release of NetBox Plugin Reloader works with "
            f"NetBox {SUPPORTED[0].line} to {SUPPORTED[-1].line}{advice and f', so {advice}'}"
        )
        self.found = found


def _release(version: str) -> Version:
    """Return ``version`` without its pre-release, post-release and local parts: a beta counts as its release."""
    release = _release_or_none(version)
    if release is None:
        raise UnsupportedNetBoxVersion(version)
    return release


def _release_or_none(version: object) -> Version | None:
    if not isinstance(version, str):
        return None
    # NetBox images add their own release to NetBox's: 4.5.0-Docker-3.4.2. PEP 440 has no place for that.
    image = re.fullmatch(r"(\d+\.\d+(?:\.\d+)?)-\S+", version)
    for text in (version, *([image[1]] if image else [])):
        with suppress(InvalidVersion):
            return Version(Version(text).base_version)
    return None


def line_of(version: str) -> SupportedLine | None:
    """Return the row of the supported table for NetBox ``version``, or ``None`` if it has none; no database."""
    with suppress(UnsupportedNetBoxVersion):
        return _row(_release(version))
    return None


def _row(release: Version) -> SupportedLine | None:
    lines = (row for row in SUPPORTED if release.epoch == 0 and release.release[:2] == Version(row.line).release)
    return next(lines, None)


def release_for(version: object) -> str:
    """Return what to do on a NetBox ``version`` of a line newer than all that are known, or ``""`` for any other.

    A release of ours bears the number of the newest line that it admits, so the one to come is known by its number.
    """
    release = _release_or_none(version)
    if release is None or release.epoch or release.release[:2] <= Version(SUPPORTED[-1].line).release:
        return ""
    line = f"{release.major}.{release.minor}"
    return f"install netbox-plugin-reloader=={line}.*, or go on without it until there is one"


def select(version: str) -> Strategy:
    """Return the strategy for a NetBox ``version`` such as ``4.5.3``, ``4.7.0-beta1`` or ``4.5.0-Docker-3.4.2``.

    The strategy holds only the facts of exactly that release. Raises :class:`UnsupportedNetBoxVersion` for a version
    outside the supported table and for text that is not a version. No database, and no NetBox module is imported.
    """
    strategy = _strategy(_release(version))
    if strategy is None:
        raise UnsupportedNetBoxVersion(version)
    return strategy


def why_unsupported(version: str | None = None) -> str:
    """Return one sentence that says why no strategy knows NetBox ``version``; an empty text if one does.

    Without ``version`` this is about the running NetBox. ``ready()`` asks it before it installs anything. So do the
    middleware, the pages, the REST API and the command, because even an unsupported NetBox calls them. No database.
    """
    try:
        select(running_version() if version is None else version)
    except UnsupportedNetBoxVersion as error:
        return f"{error}; nothing is changed."
    return ""


@cache
def _strategy(release: Version) -> Strategy | None:
    row = _row(release)
    if row is None:
        return None
    strategy: Strategy = import_module(f".{row.strategy}", __name__).STRATEGY
    return strategy.for_release(release)


def is_older(version: str, other: str) -> bool:
    """Return whether ``version`` is an older release than ``other``; a beta counts as its release.

    Raises :class:`UnsupportedNetBoxVersion` for text that is not a version.
    """
    return _release(version) < _release(other)


def compare(version: str, other: str) -> int | None:
    """Return -1, 0 or 1 as ``version`` is older than, as old as or newer than ``other``.

    ``None`` if the texts differ and one is not a version: a plugin may state any text as its version.
    """
    if version == other:
        return 0
    try:
        one, two = Version(version), Version(other)
    except InvalidVersion:
        return None
    return (one > two) - (one < two)


def admits(version: str, oldest: str, newest: str) -> bool | None:
    """Return whether a plugin with these limits works on NetBox ``version``; ``None`` if the plugin does not say.

    ``oldest`` and ``newest`` may be empty. A plugin that names no newest release does not say whether it works on later
    ones. NetBox compares the limits in the same way (netbox/plugins/__init__.py, all lines). Raises
    :class:`ValueError` with the text that is not a version.
    """
    running, lowest, highest = (_parsed(text) if text else None for text in (version, oldest, newest))
    if running is None:
        raise ValueError(version)
    if (lowest and running < lowest) or (highest and running > highest):
        return False
    return True if highest else None


def _parsed(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion as error:
        raise ValueError(text) from error


def starts_only_with_all_plugins(version: str) -> bool:
    """Return whether NetBox ``version`` refuses to start with a plugin that excludes it.

    From 4.3.0 on NetBox skips it (netbox/settings.py). Raises :class:`UnsupportedNetBoxVersion` for an invalid version.
    """
    return is_older(version, "4.3.0")


def newer_than_tested(version: str) -> str:
    """Return one sentence if NetBox ``version`` is newer than the last release of its line that was tested, or "".

    Raises :class:`UnsupportedNetBoxVersion`.
    """
    line = select(version).line
    last_tag = next(row.last_tag for row in SUPPORTED if row.line == line)
    if not is_older(last_tag, version):
        return ""
    return f"NetBox {version} is newer than {last_tag}, the last one of its line that we tested."


def running_version() -> str:
    """Return the running NetBox's version, for example ``4.5.3``.

    ``settings.RELEASE.version`` is clean where ``settings.VERSION`` carries an image's suffix
    (utilities/release.py, all supported releases).
    """
    from django.conf import settings

    return str(settings.RELEASE.version)
