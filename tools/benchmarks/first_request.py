"""How long the first request of a fresh gunicorn worker waits, with ``warm_up`` and without.

``python -m tools.benchmarks.first_request [--netbox 4.5.10] [--rounds 3]`` prints the seconds of each round, and their
ratio. Both kinds alternate in one run, because timings of different runs cannot be compared.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.lab.errors import LabError
from tests.lab.lab import RELOADER, Lab, NetBox
from tests.lab.processes import free_port, say
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


def measure_rounds(netbox: NetBox, rounds: int) -> dict[bool, list[float]]:
    """Return the seconds of each round, with ``warm_up`` and without."""
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for number in range(rounds):
        for warm_up, measured in seconds.items():
            measured.append(seconds_of_first_request(netbox, warm_up))
            say(f"round {number + 1}, warm_up {warm_up}: {measured[-1]:.2f} s")
    return seconds


def measure(netbox: NetBox, rounds: int) -> Iterator[Figure]:
    """Yield the seconds of both kinds and their ratio."""
    release = str(netbox.source.version)
    seconds = measure_rounds(netbox, rounds)
    yield Figure(release, "first request of a worker, without warm_up", seconds[False], "s")
    yield Figure(release, "first request of a worker, with warm_up", seconds[True], "s")
    ratios = [warm / cold for warm, cold in zip(seconds[True], seconds[False], strict=True)]
    yield Figure(release, "first request with warm_up, to without", ratios, "", BOUND)


def main() -> int:
    """Measure, print, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.benchmarks.first_request", description=__doc__)
    parser.add_argument("--netbox", default="4.5.10", metavar="RELEASE")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    try:
        with Lab().open(options.netbox) as netbox:
            seconds = measure_rounds(netbox, options.rounds)
    except LabError as error:
        say(f"error: {error}")
        return error.exit_status
    cold, warm = statistics.median(seconds[False]), statistics.median(seconds[True])
    print(f"NetBox {options.netbox}: the first request takes {cold:.2f} s without warm_up and {warm:.2f} s with it,")
    print(f"{cold / warm:.0f} times as long; the slowest with it took {max(seconds[True]):.2f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
