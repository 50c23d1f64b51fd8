"""Run a management command with the arguments, in a process that NetBox was not set up in."""

from __future__ import annotations

import sys

from tests.lab.inside import manage

if __name__ == "__main__":
    manage(*sys.argv[1:])
