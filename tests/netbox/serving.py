"""NetBox behind a gunicorn with one worker, as a test asks it from outside."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path

from tests.lab.processes import free_port

PATIENCE = 300
"""How long anything may take, in seconds, on a machine that is busy."""


class Server:
    """A gunicorn that was started; ``output`` is the file that it and its worker print to."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, pid_file: Path, output: Path) -> None:
        self.process = process
        self.port = port
        self.pid_file = pid_file
        self.output = output

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
def gunicorn(environ: Mapping[str, str], folder: Path, *, working_directory: Path | None = None) -> Iterator[Server]:
    """Yield a gunicorn that serves NetBox with the variables ``environ``; its files lie in ``folder``."""
    port, pid_file, output = free_port(), folder / "server.pid", folder / "output.txt"
    command = ["gunicorn", "--bind", f"127.0.0.1:{port}", "--timeout", "120", "--pid", str(pid_file), "netbox.wsgi"]
    with output.open("w") as file:
        process = subprocess.Popen(
            command,
            env=environ,
            stdout=file,
            stderr=subprocess.STDOUT,
            cwd=working_directory,
        )
        try:
            yield Server(process, port, pid_file, output)
        finally:
            process.terminate()
            process.wait(PATIENCE)
