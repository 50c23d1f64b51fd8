"""A steady load on a server, from a process of its own: ``python load.py OUTPUT.json``.

The first line of stdin is the plan, as JSON: ``address`` ("127.0.0.1:8000"), ``seconds``, ``pause`` (between two
requests of a client, in seconds), ``kept`` (whether connections are kept at all), and ``requests``, each with ``path``,
``headers`` and ``end``, which ends the body of a whole answer. The load goes on for that many seconds and until stdin
closes. Four clients make the requests in turn, one at a time each, without ever retrying one:

* two open a new connection for every request;
* two keep a connection for several requests, or make new ones too.

The output is a list of all requests, each with its ``start`` (seconds since the epoch), its ``seconds`` until the last
byte, ``reused`` (it was not the first on its connection) and its ``outcome``:

* ``whole``: status 200, and the body complete;
* ``closed``: reused, and the server closed the connection before the first byte of an answer, and at once. A server
  may close a connection that waits for a request at any time, so a client that keeps one has to make such a request
  again. What takes longer may have been in work, and is lost;
* anything else is what went wrong: it is lost.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
import time
from itertools import cycle, islice
from pathlib import Path
from typing import Any

NEW, KEPT = 1, 8
"""How many requests a client makes on one connection."""

CLIENTS = (NEW, KEPT, NEW, KEPT)
PAUSE = 0.1
PATIENCE = 180
AT_ONCE = 1
WHOLE, CLOSED = "whole", "closed"


def outcome_of(connection: http.client.HTTPConnection, request: dict[str, Any], reused: bool) -> str:
    """Make a request and return its outcome."""
    start = time.perf_counter()
    try:
        connection.request("GET", request["path"], headers=request["headers"])
        response = connection.getresponse()
    except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError) as error:
        seconds = time.perf_counter() - start
        where = f"{'kept' if reused else 'new'} connection, after {seconds:.1f} s"
        return CLOSED if reused and seconds < AT_ONCE else f"{type(error).__name__}: {error} ({where})"
    except (http.client.HTTPException, OSError) as error:
        return f"{type(error).__name__}: {error}"
    try:
        body = response.read()
    except (http.client.HTTPException, OSError) as error:
        return f"cut off: {type(error).__name__}: {error}"
    if response.status != 200:
        return f"status {response.status}"
    # A body without a stated length ends where the connection does.
    return WHOLE if body.rstrip().endswith(request["end"].encode()) else "cut off"


class Client(threading.Thread):
    """Makes requests until it is told to stop; ``made`` are those it has made."""

    def __init__(self, plan: dict[str, Any], number: int, stop: threading.Event) -> None:
        super().__init__()
        # Each client begins with another request.
        self._requests = islice(cycle(plan["requests"]), number, None)
        self._address, self._stop_event = plan["address"], stop
        self._on_one_connection = CLIENTS[number] if plan["kept"] else NEW
        self._pause = plan["pause"]
        self.made: list[dict[str, Any]] = []

    def run(self) -> None:
        """Make requests."""
        while not self._stop_event.is_set():
            connection = http.client.HTTPConnection(self._address, timeout=PATIENCE)
            for number in range(self._on_one_connection):
                start, clock = time.time(), time.perf_counter()
                outcome = outcome_of(connection, next(self._requests), reused=number > 0)
                seconds = time.perf_counter() - clock
                self.made.append({"start": start, "seconds": seconds, "reused": number > 0, "outcome": outcome})
                # Without a socket the server has said that it closes the connection.
                if self._stop_event.wait(self._pause) or outcome != WHOLE or connection.sock is None:
                    break
            connection.close()


def main() -> None:
    """Make the load, and write what came of it."""
    plan = json.loads(sys.stdin.readline())
    stop = threading.Event()
    clients = [Client(plan, number, stop) for number in range(len(CLIENTS))]
    end = time.monotonic() + plan["seconds"]
    for client in clients:
        client.start()
    sys.stdin.read()
    time.sleep(max(0, end - time.monotonic()))
    stop.set()
    for client in clients:
        client.join()
    made = [request for client in clients for request in client.made]
    Path(sys.argv[1]).write_text(json.dumps(sorted(made, key=lambda request: request["start"])))


if __name__ == "__main__":
    main()
