"""What scripts inside NetBox measure: requests, forms, passes, memory. Each function yields the figures of a part."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from tests.lab.lab import RELOADER, NetBox
from tools.benchmarks.figures import Figure

HERE = Path(__file__).parent
RATE, INTERVAL = 10, 5.0
"""How many requests a second a process serves, and the seconds between two looks at the generation."""

MODELS = {100: 5.0, 1_000: None, 10_000: None}
"""The numbers of models, and what a pass over them may take, in milliseconds."""

LARGEST_ROUNDS = 3
"""How often that is measured: NetBox itself takes many times as long to start with so many models."""


def every_request(netbox: NetBox, rounds: int) -> Iterator[Figure]:
    """Yield how much longer the signal for the start of a request takes with us, its part of a look included."""
    found = netbox.ask(netbox.inside("script", HERE / "every_request_inside.py", str(rounds)))
    costs = [each["with"] - each["without"] + each["look"] / (INTERVAL * RATE) for each in found]
    yield Figure(f"each request, {RATE} in a second", costs, "µs", bound=20.0)
    yield Figure("one look at the generation, every five seconds", [each["look"] for each in found], "µs")


def live_forms(netbox: NetBox, rounds: int) -> Iterator[Figure]:
    """Yield what a live queryset costs each form, against NetBox's own frozen one, on the lines that freeze."""
    for form, ratios in netbox.ask(netbox.inside("script", HERE / "live_forms_inside.py", str(rounds))).items():
        yield Figure(f"{form} rendered live, to frozen", ratios, "", bound=1.05)


def second_pass(netbox: NetBox, rounds: int) -> Iterator[Figure]:
    """Yield queries and processor time of a pass in a web process with all pages loaded and nothing wrong.

    One ``SELECT`` is allowed where there are rows to compare.
    """
    has_rows, found = netbox.ask(netbox.inside("script", HERE / "second_pass_inside.py"))
    queries = [result["queries"] for result in found]
    yield Figure("another pass, queries", queries, "", bound=int(has_rows))
    yield Figure("another pass, all pages loaded", [1_000 * result["seconds"] for result in found], "ms")


def growth(netbox: NetBox, rounds: int) -> Iterator[Figure]:
    """Yield the processor time of passes over some of a plugin's models, and how it grows."""
    command: list[str | Path] = [netbox.python, HERE / "growth_inside.py", *map(str, MODELS)]
    found = [netbox.ask(command) for _ in range(min(rounds, LARGEST_ROUNDS))]
    for count, bound in MODELS.items():
        milliseconds = [1_000 * seconds for result in found for seconds in result["pass"][str(count)]]
        yield Figure(f"a pass over {count:,} models", milliseconds, "ms", bound)
    ratios = [result["growth"] for result in found]
    yield Figure("a model among 10,000, to one among 1,000", ratios, "", bound=1.5)


def memory(netbox: NetBox, rounds: int) -> Iterator[Figure]:
    """Yield what our package adds to a web process: fresh processes with it and without it alternate."""
    command, differences = [netbox.python, HERE / "memory_inside.py"], []
    # The first process finds NetBox's cache empty, and on some releases keeps less for it. It is not counted.
    netbox.ask(command)
    for number in range(rounds):
        # The same order of sets in both, another one in each round.
        without, with_us = (
            netbox.with_environ(PYTHONHASHSEED=str(number), NETBOX_LAB_PLUGINS=json.dumps(plugins)).ask(command)
            for plugins in ([], [RELOADER])
        )
        differences.append((with_us - without) / 1_000)
    yield Figure("memory that the package adds", differences, "kB", bound=1_000.0)
