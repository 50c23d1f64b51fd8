"""What scripts inside NetBox measure: requests, forms, passes, memory. Each function yields the figures of a part."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.lab.lab import RELOADER, NetBox
from tools.benchmarks.figures import Figure, measured

HERE = Path(__file__).parent
RATE, INTERVAL = 10, 5.0
"""How many requests a second a process serves, and the seconds between two looks at the generation."""

MODELS = {100: 5.0, 1_000: None, 10_000: None}
"""The numbers of models, and what a pass over them may take, in milliseconds."""

LARGEST_ROUNDS = 3
"""How often that is measured: NetBox itself takes many times as long to start with so many models."""


def printed(netbox: NetBox, script: str, *arguments: object) -> Any:
    """Return the JSON that a script prints last, with Django set up."""
    done = netbox.run(netbox.inside("script", HERE / script, *map(str, arguments)), capture=True)
    return json.loads(done.stdout.splitlines()[-1])


def every_request(netbox: NetBox, rounds: int) -> Iterator[Figure]:
    """Yield how much longer the signal for the start of a request takes with us, its part of a look included."""
    found = printed(netbox, "every_request_inside.py", rounds)
    release = str(netbox.source.version)
    costs = [each["with"] - each["without"] + each["look"] / (INTERVAL * RATE) for each in found]
    yield Figure(release, f"each request, {RATE} in a second", costs, "µs", bound=20.0)
    yield Figure(release, "one look at the generation, every five seconds", [each["look"] for each in found], "µs")


def live_forms(netbox: NetBox, rounds: int) -> Iterator[Figure]:
    """Yield what a live queryset costs each form, against NetBox's own frozen one, on the lines that freeze."""
    for form, ratios in printed(netbox, "live_forms_inside.py", rounds).items():
        yield Figure(str(netbox.source.version), f"{form} rendered live, to frozen", ratios, "", bound=1.05)


def second_pass(netbox: NetBox, rounds: int) -> Iterator[Figure]:
    """Yield queries and processor time of a pass in a web process with all pages loaded and nothing wrong.

    One ``SELECT`` is allowed where there are rows to compare.
    """
    release = str(netbox.source.version)
    has_rows, found = printed(netbox, "second_pass_inside.py")
    queries = [result["queries"] for result in found]
    yield Figure(release, "another pass, queries", queries, "", bound=int(has_rows))
    yield Figure(release, "another pass, all pages loaded", [1_000 * result["seconds"] for result in found], "ms")


def growth(netbox: NetBox, rounds: int) -> Iterator[Figure]:
    """Yield the processor time of passes over some of a plugin's models, and how it grows."""
    release = str(netbox.source.version)
    found = [measured(netbox, HERE / "growth_inside.py", *MODELS) for _ in range(min(rounds, LARGEST_ROUNDS))]
    for count, bound in MODELS.items():
        milliseconds = [1_000 * seconds for result in found for seconds in result["pass"][str(count)]]
        yield Figure(release, f"a pass over {count:,} models", milliseconds, "ms", bound)
    ratios = [result["growth"] for result in found]
    yield Figure(release, "a model among 10,000, to one among 1,000", ratios, "", bound=1.5)


def memory(netbox: NetBox, rounds: int) -> Iterator[Figure]:
    """Yield what our package adds to a web process: fresh processes with it and without it alternate."""
    script, differences = HERE / "memory_inside.py", []
    # The first process finds NetBox's cache empty, and on some releases keeps less for it. It is not counted.
    measured(netbox, script)
    for number in range(rounds):
        # The same order of sets in both, another one in each round.
        environ = {"PYTHONHASHSEED": str(number)}
        without, with_us = (
            measured(netbox, script, environ={**environ, "NETBOX_LAB_PLUGINS": json.dumps(plugins)})
            for plugins in ([], [RELOADER])
        )
        differences.append((with_us - without) / 1_000)
    yield Figure(str(netbox.source.version), "memory that the package adds", differences, "kB", bound=1_000.0)
