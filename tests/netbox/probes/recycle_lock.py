"""Print how many processes get the recycle's lock when several want it at the same moment, again and again.

Each round begins with nothing, or, with the argument ``stale``, with the lock of a process that has ended.
"""

from __future__ import annotations

import json
import os
import sys

from django.core.cache import cache

from netbox_plugin_reloader.processes.cache import own, redis_of
from netbox_plugin_reloader.recycle.lock import KEY, Lock, RecycleRefused

ROUNDS, PROCESSES = 50, 6


def take():
    try:
        Lock(60).take()
    except RecycleRefused:
        return 0
    return 1


def forked(run):
    """Start a process that runs ``run``, and return its id."""
    pid = os.fork()
    if not pid:
        run()
        os._exit(0)
    return pid


def race():
    """Return how many of the processes get the lock; none ends before all have tried."""
    (ready, is_ready), (start, go), (result, tell), (end, leave) = (os.pipe() for _ in range(4))

    def run():
        os.close(go)
        os.close(leave)
        redis_of(cache).ping()
        os.write(is_ready, b"1")
        # The end of the pipe wakes all at once.
        os.read(start, 1)
        os.write(tell, bytes([take()]))
        os.read(end, 1)

    racers = [forked(run) for _ in range(PROCESSES)]
    for _ in racers:
        os.read(ready, 1)
    os.close(go)
    taken = sum(os.read(result, 1)[0] for _ in racers)
    os.close(leave)
    for pid in racers:
        os.waitpid(pid, 0)
    for descriptor in (ready, is_ready, start, result, tell, end):
        os.close(descriptor)
    return taken


counts = []
for _ in range(ROUNDS):
    redis_of(cache).delete(cache.make_key(own(KEY)))
    if sys.argv[1:] == ["stale"]:
        os.waitpid(forked(take), 0)
    redis_of(cache).connection_pool.disconnect()
    counts.append(race())
print(json.dumps({"counts": counts}))
