"""What our package adds to the memory of a web process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from tests.lab.lab import RELOADER, NetBox
from tools.benchmarks.figures import Figure, measured

SCRIPT = Path(__file__).with_name("memory_inside.py")
BOUND = 1_000.0
"""Kilobytes."""


def measure(netbox: NetBox, rounds: int) -> Iterator[Figure]:
    """Yield the difference between fresh processes with our package and without, which take turns."""
    differences = []
    # The first process finds NetBox's cache empty, and on some releases keeps less for it. It is not counted.
    measured(netbox, SCRIPT)
    for number in range(rounds):
        # The same order of sets in both, another one in each round.
        environ = {"PYTHONHASHSEED": str(number)}
        without, with_us = (
            measured(netbox, SCRIPT, environ={**environ, "NETBOX_LAB_PLUGINS": json.dumps(plugins)})
            for plugins in ([], [RELOADER])
        )
        differences.append((with_us - without) / 1_000)
    yield Figure(str(netbox.source.version), "memory that the package adds", differences, "kB", BOUND)
