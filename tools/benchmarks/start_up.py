"""What the pass at start-up costs, against all of NetBox's start and against importing NetBox's forms there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.lab.lab import NetBox
from tools.benchmarks.figures import Figure, measured

SCRIPT = Path(__file__).with_name("start_up_inside.py")
COUNTS = (0, 100, 1_000, 10_000)
"""How many models the plugins have."""

LARGEST_ROUNDS = 3
"""How often the largest number is measured: NetBox itself takes many times as long to start with it."""

PASS, SHARE, AGAINST_FORMS, LINEAR = 5.0, 0.2, 5.0, 1.5
"""The bounds: milliseconds with 100 models, per cent of ``django.setup()`` and of importing the forms, and how much
more a model may cost among 10,000 than among 1,000."""


def measure(netbox: NetBox, rounds: int) -> Iterator[Figure]:
    """Yield the processor time of the pass, and its ratios within one process."""
    release = str(netbox.source.version)
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for number in range(rounds):
        for count in COUNTS:
            if count < COUNTS[-1] or number < LARGEST_ROUNDS:
                found[count].append(measured(netbox, SCRIPT, count, "growth" if count == COUNTS[-1] else "forms"))
    for count, results in found.items():
        milliseconds = [1_000 * result["pass"] for result in results]
        yield Figure(release, f"pass, {count:,} models", milliseconds, "ms", PASS if count in (0, 100) else None)
    hundred = found[100]
    shares = [100 * result["pass"] / result["setup"] for result in hundred]
    yield Figure(release, "pass, 100 models, of django.setup()", shares, "%", SHARE)
    forms = [1_000 * result["forms"] for result in hundred]
    yield Figure(release, "importing NetBox's forms in ready() instead", forms, "ms")
    against = [100 * result["pass"] / result["forms"] for result in hundred]
    yield Figure(release, "pass, 100 models, of importing the forms", against, "%", AGAINST_FORMS)
    growth = [result["growth"] for result in found[COUNTS[-1]]]
    yield Figure(release, "a model among 10,000, to one among 1,000", growth, "", LINEAR)
