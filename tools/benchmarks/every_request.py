"""What our look at the generation costs each request, measured in a real NetBox with its real cache.

``python -m tools.benchmarks.every_request [--netbox 4.5.10] [--rounds 5]`` prints how much longer the signal for
the start of a request takes with us, what a look takes, and what that makes on average where a process serves many
requests.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.lab.errors import LabError
from tests.lab.lab import Lab, NetBox
from tests.lab.processes import say
from tools.benchmarks.figures import Figure

SCRIPT = Path(__file__).with_name("every_request_inside.py")
BOUND = 20.0
"""What a request may cost on average, in microseconds, where a process serves ten in a second."""

INTERVAL = 5.0
"""The seconds between two looks."""


def costs_of(found: dict[str, Any], rate: int) -> float:
    """Return the microseconds that a request costs on average in one round, at ``rate`` requests in a second."""
    return float(found["with"] - found["without"] + found["look"] / (INTERVAL * rate))


def measure_rounds(netbox: NetBox, rounds: int) -> Any:
    """Return what each round found, in microseconds."""
    return json.loads(netbox.run(netbox.inside("script", SCRIPT, str(rounds)), capture=True).stdout.splitlines()[-1])


def measure(netbox: NetBox, rounds: int) -> Iterator[Figure]:
    """Yield what a request costs on average."""
    found = measure_rounds(netbox, rounds)
    release = str(netbox.source.version)
    yield Figure(release, "each request, ten in a second", [costs_of(each, 10) for each in found], "µs", BOUND)
    yield Figure(release, "one look at the generation, every five seconds", [each["look"] for each in found], "µs")


def main() -> int:
    """Measure, print, and return the exit status: 1 if a request costs more than :data:`BOUND`."""
    parser = argparse.ArgumentParser(prog="python -m tools.benchmarks.every_request", description=__doc__)
    parser.add_argument("--netbox", default="4.5.10", metavar="RELEASE")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    try:
        with Lab().open(options.netbox) as netbox:
            rounds = measure_rounds(netbox, options.rounds)
    except LabError as error:
        say(f"error: {error}")
        return error.exit_status
    costs = [found["with"] - found["without"] for found in rounds]
    looks = [found["look"] for found in rounds]
    cost, look = statistics.median(costs), statistics.median(looks)
    print(f"NetBox {options.netbox}, {len(rounds)} rounds:")
    print(f"the signal takes {cost:.2f} µs longer ({min(costs):.2f} to {max(costs):.2f}),")
    print(f"a look {look:.0f} µs ({min(looks):.0f} to {max(looks):.0f});")
    averages = {rate: cost + look / (INTERVAL * rate) for rate in (1, 10, 100)}
    for rate, average in averages.items():
        print(f"at {rate} requests in a second and process {average:.2f} µs each.")
    return int(averages[10] > BOUND)


if __name__ == "__main__":
    sys.exit(main())
