"""Run a management command in a NetBox that says it is the release of the first argument."""

from __future__ import annotations

import sys

import utilities.release

from tests.lab.inside import manage

VERSION, *ARGUMENTS = sys.argv[1:]
load_release_data = utilities.release.load_release_data


def pretended():
    """Return what NetBox knows of itself, with another version."""
    found = load_release_data()
    found.version = VERSION
    return found


if __name__ == "__main__":
    utilities.release.load_release_data = pretended
    manage(*ARGUMENTS)
