"""What differs between the releases of the lines: the version, and the NetBox releases that it admits."""

from __future__ import annotations

from tools.release.lines import PACKAGE, Line
from tools.release.places import Place

MANIFEST = "netbox-plugin.yaml"
MODULE = f"{PACKAGE}/__init__.py"
VERSION = f"{PACKAGE}/version.py"


def stamps(line: Line) -> tuple[Place, ...]:
    """Return the places that make a tree the release of ``line``."""
    return (
        Place(VERSION, r'^__version__ = "(?P<value>[^"\n]*)"$', line.version),
        Place(MODULE, r'^    min_version = "(?P<value>[^"\n]*)"$', line.min_version),
        Place(MODULE, r'^    max_version = "(?P<value>[^"\n]*)"$', line.max_version),
        Place(MANIFEST, r'^netbox_min: "(?P<value>[^"\n]*)"$', line.min_version),
        Place(MANIFEST, r'^netbox_max: "(?P<value>[^"\n]*)"$', line.max_version),
    )
