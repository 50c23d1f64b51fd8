"""How long the first request of a fresh gunicorn worker waits, with ``warm_up`` and without."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.lab.errors import LabError
from tests.lab.lab import RELOADER, NetBox
from tests.lab.processes import free_port
from tools.benchmarks.figures import Figure

# gunicorn calls this when a worker has loaded the application, so just before it accepts its first request.
CONFIGURATION = """
from pathlib import Path

workers = 1
threads = 3
timeout = 300
loglevel = "error"


def post_worker_init(worker):
    Path({ready!r}).touch()
"""
PATIENCE = 300
BOUND = 0.5
"""What part of the time without ``warm_up`` the first request may take with it."""


def seconds_of_first_request(netbox: NetBox, warm_up: bool) -> float:
    """Start gunicorn with one worker, and return how many seconds its first request takes."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder) / "ready"
        configuration = Path(folder) / "gunicorn.py"
        configuration.write_text(CONFIGURATION.format(ready=str(ready)))
        command = ["gunicorn", "--config", str(configuration), "--bind", f"127.0.0.1:{port}", "netbox.wsgi"]
        plugins_config = json.dumps({RELOADER: {"warm_up": warm_up}})
        server = subprocess.Popen(command, env={**netbox.environ, "NETBOX_LAB_PLUGINS_CONFIG": plugins_config})
        try:
            deadline = time.monotonic() + PATIENCE
            while not ready.exists():
                if server.poll() is not None or time.monotonic() > deadline:
                    raise LabError("gunicorn did not start a worker.")
                time.sleep(0.05)
            start = time.perf_counter()
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/login/", timeout=PATIENCE) as response:
                response.read()
            return time.perf_counter() - start
        finally:
            server.terminate()
            server.wait()


def first_request(netbox: NetBox, rounds: int) -> Iterator[Figure]:
    """Yield the seconds of both kinds, measured alternately, and their ratio."""
    release = str(netbox.source.version)
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(rounds):
        for warm_up, measured in seconds.items():
            measured.append(seconds_of_first_request(netbox, warm_up))
    yield Figure(release, "first request of a worker, without warm_up", seconds[False], "s")
    yield Figure(release, "first request of a worker, with warm_up", seconds[True], "s")
    ratios = [warm / cold for warm, cold in zip(seconds[True], seconds[False], strict=True)]
    yield Figure(release, "first request with warm_up, to without", ratios, "", BOUND)
