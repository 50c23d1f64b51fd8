"""What is not run because NetBox cannot be had: left out on a person's machine, a failure where CI is set."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.lab.errors import NetBoxUnavailable
from tests.lab.lab import Lab, NetBox
from tests.lab.processes import say

NOTE = "NETBOX_LAB_NOT_RUN"
"""The variable that names the file from which toxfile.py learns that an environment ran nothing."""


def left_out(reason: str) -> bool:
    """Return whether a run without NetBox is left out, and note the ``reason`` for tox's summary if so."""
    if os.environ.get("CI"):
        return False
    if note := os.environ.get(NOTE):
        path = Path(note)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(reason)
    return True


def exit_status(error: NetBoxUnavailable) -> int:
    """Say what was not run, and why, and return the exit status: 0 if the run is left out."""
    skip = left_out(str(error))
    say(f"not run: {error}" if skip else f"error: {error}")
    return 0 if skip else error.exit_status


@contextmanager
def open_or_skip(netbox: str, **options: Any) -> Iterator[NetBox]:
    """Open a NetBox as ``Lab.open`` does, for a fixture of pytest: the tests are skipped if the run is left out.

    Raises NetBoxUnavailable if that is a failure, and LabError as ``Lab.open`` does.
    """
    # The lab runs on a bare Python too.
    import pytest

    with ExitStack() as stack:
        try:
            opened = stack.enter_context(Lab().open(netbox, **options))
        except NetBoxUnavailable as error:
            if not left_out(str(error)):
                raise
            pytest.skip(f"not run: {error}")
        yield opened
