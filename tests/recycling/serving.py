"""NetBox behind a real server with three workers, and what can be asked of it from outside: who works, who answers."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.lab.errors import LabError
from tests.lab.lab import NetBox
from tests.lab.processes import free_port
from tests.recycling.installation import STEADY, address

WORKERS = THREADS = 3
PATIENCE = 300
"""How long what takes seconds may take on a machine that is busy, in seconds."""

PAUSE = 0.05
GUNICORN = """
bind = "{address}"
workers = {workers}
threads = {threads}
timeout = 120
pidfile = "{pid_file}"
"""


@dataclass(frozen=True)
class Answer:
    """What came of asking for a page; ``content`` is that of JSON, and ``None`` of anything else."""

    status: int
    content: dict[str, str | int] | None


class Server:
    """A server that runs; ``netbox`` is for commands that are to meet the same installation."""

    def __init__(
        self,
        netbox: NetBox,
        address: str,
        process: subprocess.Popen[bytes],
        pid_file: Path,
        workers: int,
        contained: bool,
    ) -> None:
        self.netbox = netbox
        self.address = address
        self._number = workers
        self._process = process
        self._pid_file = pid_file
        self._contained = contained

    @property
    def pid(self) -> int:
        """The server's main process, as this namespace knows it."""
        if not self._contained:
            return self._process.pid
        command = ["ps", "-o", "pid=", "--ppid", str(self._process.pid)]
        return int(subprocess.run(command, capture_output=True, text=True).stdout or 0)

    def workers(self) -> set[int]:
        """Return the processes that the server's main process has started and that live."""
        command = ["ps", "-o", "pid=,stat=", "--ppid", str(self.pid)]
        listed = subprocess.run(command, capture_output=True, text=True).stdout.splitlines()
        return {int(pid) for pid, state in map(str.split, listed) if not state.startswith("Z")}

    def ask(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask for a page on a new connection."""
        with contextlib.closing(http.client.HTTPConnection(self.address, timeout=PATIENCE)) as connection:
            connection.request("GET", path, headers={"Connection": "close", **(headers or {})})
            response = connection.getresponse()
            body = response.read()
        is_json = response.headers.get_content_type() == "application/json"
        return Answer(response.status, json.loads(body) if is_json else None)

    def answers(self, plugin: str = STEADY) -> dict[int, str]:
        """Return the version of a plugin by the worker that answers, once every worker has answered.

        Gives up after a while, and returns what it has.
        """
        found: dict[int, str] = {}
        for _ in until():
            # Nothing may listen for a while; that is for the load to notice.
            with contextlib.suppress(OSError, http.client.HTTPException):
                answer = self.ask(address(plugin))
                if answer.content is not None:
                    found[int(answer.content["pid"])] = str(answer.content["version"])
            workers = self.workers()
            # Who answers from another namespace is known by another number there.
            if workers <= found.keys() or (self._contained and len(workers) <= len(found)):
                break
        return found

    def hang_up(self) -> None:
        """Tell the server to replace its workers in its own way, and wait until it has."""
        before = self.workers()
        os.kill(self.pid, signal.SIGHUP)
        for _ in until():
            now = self.workers()
            if len(now) == self._number and not now & before:
                break
        self.answers()

    def recycle(self, seconds: int = PATIENCE) -> subprocess.CompletedProcess[str]:
        """Have our command replace the workers, which may take so many seconds; what it prints is text."""
        command = recycle_command(self.netbox, self._pid_file, seconds)
        return self.netbox.run(command, check=False, capture=True)

    def wait_until_it_answers(self) -> None:
        """Wait until every worker has answered. Raises LabError when the server ends, or takes too long."""
        for _ in until():
            if self._process.poll() is not None:
                break
            with contextlib.suppress(OSError):
                self.ask("/login/")
                if len(self.answers()) == self._number:
                    return
        raise LabError("The server does not answer.")

    def stop(self) -> None:
        """Stop the server with its workers."""
        if self._contained:
            # "unshare" takes no such signal.
            os.kill(self.pid, signal.SIGTERM)
        else:
            self._process.terminate()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            # It is the leader of a session of its own, so nobody else is in its group.
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def until() -> Iterator[None]:
    """Yield again and again, with a pause, for as long as anything may take."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        yield
        time.sleep(PAUSE)


def plugin_reloader(netbox: NetBox, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run our command, and return how it ended; what it prints is text."""
    return netbox.run(netbox.inside("manage", "plugin_reloader", *arguments), check=False, capture=True)


def recycle_command(netbox: NetBox, pid_file: Path, seconds: int) -> Sequence[str | Path]:
    """Return the command that replaces the workers of the server whose main process ``pid_file`` names."""
    return netbox.inside("manage", "plugin_reloader", "recycle", "--wait", str(seconds), "--pid-file", pid_file)


@contextlib.contextmanager
def gunicorn(
    netbox: NetBox, folder: Path, more: str = "", workers: int = WORKERS, container: Sequence[str] = ()
) -> Iterator[Server]:
    """Yield a gunicorn, configured as NetBox's ``contrib/gunicorn.py`` but for the number of workers and ``more``.

    ``container`` is a command that runs another one as its child, in namespaces of its own.
    """
    address, pid_file, configuration = f"127.0.0.1:{free_port()}", folder / "server.pid", folder / "gunicorn.py"
    configuration.write_text(
        GUNICORN.format(address=address, workers=workers, threads=THREADS, pid_file=pid_file) + more,
    )
    command: list[str | Path] = [*container, "gunicorn", "--config", configuration, "netbox.wsgi"]
    with _served(netbox, command, address, pid_file, workers, bool(container)) as server:
        yield server


@contextlib.contextmanager
def granian(netbox: NetBox, folder: Path) -> Iterator[Server]:
    """Yield a granian that replaces its workers as it does unless told otherwise."""
    port, pid_file = free_port(), folder / "server.pid"
    command: list[str | Path] = ["granian", "--interface", "wsgi", "--port", str(port), "--pid-file", pid_file]
    command += ["--workers", str(WORKERS), "--blocking-threads", str(THREADS), "netbox.wsgi:application"]
    with _served(netbox, command, f"127.0.0.1:{port}", pid_file) as server:
        yield server


@contextlib.contextmanager
def uwsgi(netbox: NetBox, folder: Path) -> Iterator[Server]:
    """Yield a uWSGI, configured as NetBox's ``contrib/uwsgi.ini``: it loads NetBox before it forks its workers."""
    address, pid_file = f"127.0.0.1:{free_port()}", folder / "server.pid"
    command: list[str | Path] = ["uwsgi", "--http-socket", address, "--module", "netbox.wsgi", "--pidfile", pid_file]
    command += ["--master", "--processes", str(WORKERS), "--threads", str(THREADS), "--enable-threads"]
    command += ["--single-interpreter", "--die-on-term", "--need-app", "--disable-logging"]
    with _served(netbox, command, address, pid_file) as server:
        yield server


@contextlib.contextmanager
def _served(
    netbox: NetBox,
    command: Sequence[str | Path],
    address: str,
    pid_file: Path,
    workers: int = WORKERS,
    contained: bool = False,
) -> Iterator[Server]:
    process = subprocess.Popen(command, env=netbox.environ, start_new_session=True)
    server = Server(netbox, address, process, pid_file, workers, contained)
    try:
        server.wait_until_it_answers()
        yield server
    finally:
        server.stop()
