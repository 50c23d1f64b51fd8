"""Do something to a server that is under load, and tell what its visitors noticed."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.recycling import load
from tests.recycling.load import CLOSED, PAUSE, WHOLE

LEAD = 3
"""How long the load runs before anything is done, and after it, in seconds."""


@dataclass(frozen=True)
class Figures:
    """What came of the requests of one phase; see `tests.recycling.load` for what counts as what."""

    requests: int
    lost: Mapping[str, int]
    """What went wrong, with how often it did."""
    closed: int
    longest: float
    median: float
    slow: float
    """The 99th percentile of the waits."""

    def __str__(self) -> str:
        return (
            f"{self.requests} requests, {sum(self.lost.values())} failed, {self.closed} kept connections closed, "
            f"longest {self.longest:.2f} s, median {self.median:.2f} s, 99th percentile {self.slow:.2f} s"
            + "".join(f"; {times} times {what}" for what, times in self.lost.items())
        )


class Load:
    """A load; it has its ``figures`` when it has ended."""

    figures: Figures


@contextmanager
def under_load(
    address: str,
    visitor: Mapping[str, str],
    seconds: float,
    folder: Path,
    *,
    pause: float = PAUSE,
    kept: bool = True,
) -> Iterator[Load]:
    """Have the block run while visitors use NetBox, before it, during it and after it, for ``seconds`` at least.

    ``visitor`` is what `tests.recycling.prepare` prints, ``pause`` how long each waits between two requests, and
    ``kept`` whether some of them keep their connections.
    """
    output = folder / "load.json"
    running = subprocess.Popen([sys.executable, load.__file__, str(output)], stdin=subprocess.PIPE, text=True)
    made = Load()
    try:
        assert running.stdin is not None
        plan = {"address": address, "seconds": seconds, "pause": pause, "kept": kept, "requests": requests(visitor)}
        running.stdin.write(json.dumps(plan) + "\n")
        running.stdin.flush()
        time.sleep(LEAD)
        yield made
        time.sleep(LEAD)
    finally:
        running.communicate()
    made.figures = figures(json.loads(output.read_text()))


def requests(visitor: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return what the visitors ask for: a page for anybody, one for users, and the same by the API."""
    return [
        {"path": "/login/", "headers": {}, "end": "</html>"},
        {"path": "/dcim/sites/", "headers": {"Cookie": visitor["cookie"]}, "end": "</html>"},
        {"path": "/api/dcim/sites/", "headers": {"Authorization": visitor["authorization"]}, "end": "}"},
    ]


def figures(made: list[dict[str, Any]]) -> Figures:
    """Return the figures of all requests that were made."""
    seconds = [request["seconds"] for request in made]
    outcomes = Counter(request["outcome"] for request in made)
    return Figures(
        requests=len(made),
        closed=outcomes.pop(CLOSED, 0),
        lost={what: times for what, times in outcomes.items() if what != WHOLE},
        longest=max(seconds),
        median=statistics.median(seconds),
        slow=statistics.quantiles(seconds, n=100, method="inclusive")[-1],
    )
