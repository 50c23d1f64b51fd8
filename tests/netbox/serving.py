"""A server that serves NetBox, as a test asks it from outside."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from tests.lab.processes import free_port

PATIENCE = 300
"""How long anything may take, in seconds, on a machine that is busy."""


@dataclass(frozen=True)
class Server:
    """A server that was started; ``output`` is the file that it and its workers print to."""

    process: subprocess.Popen[bytes]
    port: int
    output: Path

    def get(self, path: str) -> tuple[int | None, str]:
        """Ask for a page, and return its status and its text.

        Waits until somebody listens. If the server has ended, or nobody does, there is no status, and its output.
        """
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            with suppress(ConnectionError), closing(HTTPConnection("127.0.0.1", self.port, PATIENCE)) as connection:
                connection.request("GET", path)
                answer = connection.getresponse()
                return answer.status, answer.read().decode(errors="replace")
            time.sleep(0.1)
        return None, self.output.read_text()


@contextmanager
def serving(
    command: Sequence[str | Path], port: int, environ: Mapping[str, str], output: Path, cwd: Path | None = None
) -> Iterator[Server]:
    """Yield the server that a command starts at a port of 127.0.0.1."""
    with output.open("w") as file:
        process = subprocess.Popen(command, env=environ, stdout=file, stderr=subprocess.STDOUT, cwd=cwd)
    try:
        yield Server(process, port, output)
    finally:
        process.terminate()
        process.wait(PATIENCE)


def gunicorn(
    environ: Mapping[str, str], folder: Path, *, working_directory: Path | None = None
) -> AbstractContextManager[Server]:
    """Return a gunicorn with one worker that serves NetBox with the variables ``environ``.

    ``folder`` is where it writes ``server.pid`` and ``output.txt``.
    """
    port, pid_file = free_port(), folder / "server.pid"
    command = ["gunicorn", "--bind", f"127.0.0.1:{port}", "--timeout", "120", "--pid", str(pid_file), "netbox.wsgi"]
    return serving(command, port, environ, folder / "output.txt", working_directory)
