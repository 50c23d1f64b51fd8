"""What a pass over many models costs, and whether each costs the same however many there are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.lab.lab import NetBox
from tools.benchmarks.figures import Figure, measured

SCRIPT = Path(__file__).with_name("growth_inside.py")
LARGEST_ROUNDS = 3
"""How often it is measured: NetBox itself takes many times as long to start with so many models."""

BOUNDS = {100: 5.0, 1_000: None, 10_000: None}
"""The numbers of models, and what a pass over them may take, in milliseconds."""

LINEAR = 1.5
"""How much more a model may cost among all than among a tenth."""


def measure(netbox: NetBox, rounds: int) -> Iterator[Figure]:
    """Yield the processor time of passes over some of a plugin's models, and how it grows."""
    release = str(netbox.source.version)
    found = [measured(netbox, SCRIPT, *BOUNDS) for _ in range(min(rounds, LARGEST_ROUNDS))]
    for count, bound in BOUNDS.items():
        milliseconds = [1_000 * seconds for result in found for seconds in result["pass"][str(count)]]
        yield Figure(release, f"a pass over {count:,} models", milliseconds, "ms", bound)
    growth = [result["growth"] for result in found]
    yield Figure(release, "a model among 10,000, to one among 1,000", growth, "", LINEAR)
