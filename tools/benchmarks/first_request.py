"""How long the first request of a fresh gunicorn worker waits, with ``warm_up`` and without."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.lab.errors import LabError
from tests.lab.lab import RELOADER, NetBox
from tests.netbox.serving import PATIENCE, gunicorn
from tools.benchmarks.figures import Figure

# gunicorn reads it in its working directory, and calls this when a worker has loaded the application, so just before it
# accepts its first request.
CONFIGURATION = """
from pathlib import Path

threads = 3


def post_worker_init(worker):
    Path({ready!r}).touch()
"""
BOUND = 0.5
"""What part of the time without ``warm_up`` the first request may take with it."""


def seconds_of_first_request(netbox: NetBox, warm_up: bool) -> float:
    """Start gunicorn with one worker, and return how many seconds its first request takes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ready = folder / "ready"
        (folder / "gunicorn.conf.py").write_text(CONFIGURATION.format(ready=str(ready)))
        environ = {**netbox.environ, "NETBOX_LAB_PLUGINS_CONFIG": json.dumps({RELOADER: {"warm_up": warm_up}})}
        with gunicorn(environ, folder, working_directory=folder) as server:
            deadline = time.monotonic() + PATIENCE
            while not ready.exists():
                if server.process.poll() is not None or time.monotonic() > deadline:
                    raise LabError(f"gunicorn did not start a worker: {server.output.read_text()}")
                time.sleep(0.05)
            start = time.perf_counter()
            status, _ = server.get("/login/")
            assert status == 200, status
            return time.perf_counter() - start


def first_request(netbox: NetBox, rounds: int) -> Iterator[Figure]:
    """Yield the seconds of both kinds, measured alternately, and their ratio."""
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(rounds):
        for warm_up, measured in seconds.items():
            measured.append(seconds_of_first_request(netbox, warm_up))
    yield Figure("first request of a worker, without warm_up", seconds[False], "s")
    yield Figure("first request of a worker, with warm_up", seconds[True], "s")
    ratios = [warm / cold for warm, cold in zip(seconds[True], seconds[False], strict=True)]
    yield Figure("first request with warm_up, to without", ratios, "", BOUND)
