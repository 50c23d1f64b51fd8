"""A script for NetBox's Python: what a request's signal takes without us and with us, and a look, in microseconds."""

from __future__ import annotations

import json
import sys
import timeit
from collections.abc import Callable

from django.core.signals import request_started

from netbox_plugin_reloader.processes import following as workers
from netbox_plugin_reloader.processes.generation import raise_generation

SIGNALS, LOOKS = 100_000, 500


def microseconds(call: Callable[[], object], count: int) -> float:
    """Return what one of ``count`` calls takes on average."""
    return timeit.timeit(call, number=count) / count * 1e6


def signal() -> object:
    return request_started.send(sender=None)


def look() -> None:
    workers._next_look = 0.0
    workers._look()


raise_generation()
workers.follow_in_web_process(None, lambda: None)
look()
# After one look, no other is due while the signal is measured.
workers.INTERVAL = float("inf")
look()
rounds = []
for _ in range(int(sys.argv[1])):
    request_started.disconnect(dispatch_uid=f"{workers.__name__}.look")
    without = microseconds(signal, SIGNALS)
    request_started.connect(workers._look, dispatch_uid=f"{workers.__name__}.look")
    found = {"without": without, "with": microseconds(signal, SIGNALS)}
    rounds.append({**found, "look": microseconds(look, LOOKS)})
print(json.dumps(rounds))
