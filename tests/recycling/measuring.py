"""Do something to a server that is under load, and tell what its visitors noticed.

Four visitors make requests in turn, one at a time each, without ever retrying one: two open a new connection for every
request, two keep a connection for several. What comes of a request is its outcome:

* ``whole``: status 200, and the body complete;
* ``closed``: the connection was kept, and the server closed it before the first byte of an answer, and at once. A
  server may close a connection that waits for a request at any time, so a client that keeps one has to make such a
  request again. What takes longer may have been in work, and is lost;
* anything else is what went wrong: it is lost.
"""

from __future__ import annotations

import http.client
import statistics
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

from tests.recycling.serving import Server

NEW, KEPT = 1, 8
"""How many requests a visitor makes on one connection."""

VISITORS = (NEW, KEPT, NEW, KEPT)
PAUSE = 0.1
LEAD = 3
"""How long the load runs before anything is done, and after it, in seconds."""

PATIENCE = 180
AT_ONCE = 1
WHOLE, CLOSED = "whole", "closed"


@dataclass(frozen=True)
class Figures:
    """What came of the requests of one phase."""

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


@dataclass(frozen=True)
class Page:
    """What a visitor asks for; ``end`` ends the body of a whole answer."""

    path: str
    headers: Mapping[str, str]
    end: bytes


@dataclass(frozen=True)
class Phase:
    """What came of one recycling; ``before`` and ``after`` are the workers, ``seen`` is what was looked at then."""

    command: subprocess.CompletedProcess[str]
    before: set[int]
    after: set[int]
    seen: Any
    figures: Figures

    @property
    def output(self) -> str:
        """What the command printed."""
        return self.command.stdout + self.command.stderr


def recycled(
    server: Server,
    load: Callable[[], AbstractContextManager[Load]],
    change: Callable[[], object],
    look: Callable[[], object],
) -> Phase:
    """Change the installation, recycle the workers, and look what they do if that succeeded, all of it under load."""
    with load() as made:
        before = server.workers()
        change()
        command = server.recycle()
        after = server.workers()
        seen = None if command.returncode else look()
    return Phase(command, before, after, seen, made.figures)


@contextmanager
def under_load(
    address: str, visitor: Mapping[str, str], seconds: float, *, pause: float = PAUSE, kept: bool = True
) -> Iterator[Load]:
    """Have the block run while visitors use NetBox, before it, during it and after it, for ``seconds`` at least.

    ``visitor`` is what `tests.recycling.prepare` prints, ``pause`` how long each waits between two requests, and
    ``kept`` whether some of them keep their connections.
    """
    # A page for anybody, one for users, and the same by the API.
    pages = [
        Page("/login/", {}, b"</html>"),
        Page("/dcim/sites/", {"Cookie": visitor["cookie"]}, b"</html>"),
        Page("/api/dcim/sites/", {"Authorization": visitor["authorization"]}, b"}"),
    ]
    made, over, end = Load(), threading.Event(), time.monotonic() + seconds
    with ThreadPoolExecutor(len(VISITORS)) as pool:
        visits = []
        for number, on_one_connection in enumerate(VISITORS):
            # Each begins with another page.
            asked = islice(cycle(pages), number, None)
            visits.append(pool.submit(_visit, address, asked, on_one_connection if kept else NEW, pause, over))
        try:
            time.sleep(LEAD)
            yield made
            time.sleep(max(LEAD, end - time.monotonic()))
        finally:
            over.set()
    made.figures = _figures([request for visit in visits for request in visit.result()])


def _visit(
    address: str, pages: Iterator[Page], on_one_connection: int, pause: float, over: threading.Event
) -> list[tuple[float, str]]:
    """Ask for pages until it is ``over``, and return how long each took until its last byte, and its outcome."""
    made = []
    while not over.is_set():
        with closing(http.client.HTTPConnection(address, timeout=PATIENCE)) as connection:
            for number in range(on_one_connection):
                started = time.perf_counter()
                outcome = _outcome(connection, next(pages), is_kept=number > 0)
                made.append((time.perf_counter() - started, outcome))
                # Without a socket the server has said that it closes the connection.
                if over.wait(pause) or outcome != WHOLE or connection.sock is None:
                    break
    return made


def _outcome(connection: http.client.HTTPConnection, page: Page, *, is_kept: bool) -> str:
    """Ask for a page, and return the outcome."""
    started, answer = time.perf_counter(), None
    try:
        connection.request("GET", page.path, headers=page.headers)
        answer = connection.getresponse()
        body = answer.read()
    except (http.client.HTTPException, OSError) as error:
        seconds = time.perf_counter() - started
        is_closed = answer is None and isinstance(error, (ConnectionResetError, BrokenPipeError))
        if is_closed and is_kept and seconds < AT_ONCE:
            return CLOSED
        where = f"{'kept' if is_kept else 'new'} connection, after {seconds:.1f} s"
        return f"{'cut off: ' if answer else ''}{type(error).__name__}: {error} ({where})"
    if answer.status != 200:
        return f"status {answer.status}"
    # A body without a stated length ends where the connection does.
    return WHOLE if body.rstrip().endswith(page.end) else "cut off"


def _figures(made: list[tuple[float, str]]) -> Figures:
    seconds = [seconds for seconds, _ in made]
    outcomes = Counter(outcome for _, outcome in made)
    return Figures(
        requests=len(made),
        closed=outcomes.pop(CLOSED, 0),
        lost={what: times for what, times in outcomes.items() if what != WHOLE},
        longest=max(seconds),
        median=statistics.median(seconds),
        slow=statistics.quantiles(seconds, n=100, method="inclusive")[-1],
    )
