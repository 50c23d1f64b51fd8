"""gunicorn's workers are replaced without a request lost, and with a tenth of the wait that a SIGHUP costs, or less.

A SIGHUP ends the old workers while the new ones still load NetBox, so every visitor waits for that.
"""

from __future__ import annotations

import pytest

from tests.recycling.contract import RecyclingContract
from tests.recycling.serving import gunicorn


@pytest.fixture(scope="module")
def server(netbox, folder):
    with gunicorn(netbox, folder) as server:
        yield server


class TestGunicorn(RecyclingContract):
    def test_nobody_waits_as_with_a_sighup(self, hang_up, installed):
        assert hang_up.lost == {}
        assert installed.figures.longest <= hang_up.longest / 10
