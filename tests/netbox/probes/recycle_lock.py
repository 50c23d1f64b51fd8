"""Print how many processes get the recycle's lock when several want it at the same moment, again and again.

Each round begins with nothing, or, with the argument ``stale``, with the lock of a process that has ended.
"""

from __future__ import annotations

import json
import multiprocessing
import sys

from django.core.cache import cache

from netbox_plugin_reloader.processes.cache import own, redis_of
from netbox_plugin_reloader.recycle.lock import KEY, Lock, RecycleRefused

ROUNDS, PROCESSES, PATIENCE = 50, 6, 60
context = multiprocessing.get_context("fork")


def take(together, results):
    redis_of(cache).ping()
    together.wait(PATIENCE)
    try:
        Lock(60).take()
    except RecycleRefused:
        results.put(0)
    else:
        results.put(1)
    # None ends before all have tried.
    together.wait(PATIENCE)


def race(count):
    """Return how many of so many processes get the lock."""
    together, results = context.Barrier(count), context.Queue()
    racers = [context.Process(target=take, args=(together, results)) for _ in range(count)]
    for racer in racers:
        racer.start()
    taken = sum(results.get(timeout=PATIENCE) for _ in racers)
    for racer in racers:
        racer.join(PATIENCE)
    return taken


counts = []
for _ in range(ROUNDS):
    redis_of(cache).delete(cache.make_key(own(KEY)))
    redis_of(cache).connection_pool.disconnect()
    if "stale" in sys.argv:
        race(1)
    counts.append(race(PROCESSES))
print(json.dumps({"counts": counts}))
