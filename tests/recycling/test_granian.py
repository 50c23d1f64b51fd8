"""granian's workers are replaced without a request lost, however long the machine takes to load NetBox.

On a SIGHUP granian itself starts one new worker after another, and ends an old one a fixed time after the new one was
started (``--respawn-interval``, 3.5 seconds), ready or not. Each worker listens for itself, so when all old ones have
ended before the first new one has loaded NetBox, connections are refused. What a SIGHUP costs is measured, and not
claimed: a machine that is fast enough loses nothing.
"""

from __future__ import annotations

import pytest

from tests.recycling.contract import RecyclingContract
from tests.recycling.serving import granian


@pytest.fixture(scope="module")
def server(netbox, folder):
    with granian(netbox, folder) as server:
        yield server


class TestGranian(RecyclingContract):
    pass
