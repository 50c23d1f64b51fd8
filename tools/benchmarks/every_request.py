"""What our look at the generation costs each request, measured in a real NetBox with its real cache."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from tests.lab.lab import NetBox
from tools.benchmarks.figures import Figure

SCRIPT = Path(__file__).with_name("every_request_inside.py")
BOUND, RATE = 20.0, 10
"""What a request may cost on average, in microseconds, where a process serves so many in a second."""

INTERVAL = 5.0
"""The seconds between two looks."""


def measure(netbox: NetBox, rounds: int) -> Iterator[Figure]:
    """Yield how much longer the signal for the start of a request takes with us, its part of a look included."""
    done = netbox.run(netbox.inside("script", SCRIPT, str(rounds)), capture=True)
    found = json.loads(done.stdout.splitlines()[-1])
    release = str(netbox.source.version)
    costs = [each["with"] - each["without"] + each["look"] / (INTERVAL * RATE) for each in found]
    yield Figure(release, f"each request, {RATE} in a second", costs, "µs", BOUND)
    yield Figure(release, "one look at the generation, every five seconds", [each["look"] for each in found], "µs")
