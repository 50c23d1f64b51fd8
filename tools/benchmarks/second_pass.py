"""What a pass costs in a web process with all pages loaded and nothing wrong, object types' rows included."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from tests.lab.lab import NetBox
from tools.benchmarks.figures import Figure

SCRIPT = Path(__file__).with_name("second_pass_inside.py")


def measure(netbox: NetBox, rounds: int) -> Iterator[Figure]:
    """Yield queries and processor time; one ``SELECT`` is allowed where there are rows to compare."""
    release = str(netbox.source.version)
    done = netbox.run(netbox.inside("script", SCRIPT), capture=True)
    has_rows, found = json.loads(done.stdout.splitlines()[-1])
    queries = [result["queries"] for result in found]
    yield Figure(release, "another pass, queries", queries, "", int(has_rows))
    yield Figure(release, "another pass, all pages loaded", [1_000 * result["seconds"] for result in found], "ms")
