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
from typing import Any

from tests.lab.errors import LabError
from tests.lab.lab import NetBox
from tests.lab.processes import free_port
from tests.recycling.installation import STEADY, address

WORKERS = 3
PATIENCE = 300
"""How long what takes seconds may take on a machine that is busy, in seconds."""

PAUSE = 0.05
STEADY_PAGE = address(STEADY)
COMMANDS = {
    "gunicorn": "gunicorn --bind 127.0.0.1:{port} --pid {pid_file} --workers {workers} --threads 3 --timeout 120 "
    "--config {configuration} netbox.wsgi",
    "granian": "granian --port {port} --pid-file {pid_file} --workers {workers} --blocking-threads 3 "
    "--interface wsgi netbox.wsgi:application",
    "uWSGI": "uwsgi --http-socket 127.0.0.1:{port} --pidfile {pid_file} --processes {workers} --threads 3 --master "
    "--enable-threads --single-interpreter --die-on-term --need-app --disable-logging --module netbox.wsgi",
}
"""How each server is started, with what NetBox's ``contrib`` configures; granian as it is unless told otherwise."""


@dataclass(frozen=True)
class Answer:
    """What came of asking for a page; ``content`` is that of JSON, and ``None`` of anything else."""

    status: int
    content: dict[str, Any] | None


@dataclass(frozen=True)
class Server:
    """A server of a ``kind`` that runs; ``netbox`` is for commands that are to meet the same installation.

    ``process`` is its main process, or the parent of that, if it is ``contained`` in namespaces of its own.
    """

    netbox: NetBox
    kind: str
    address: str
    process: subprocess.Popen[bytes]
    pid_file: Path
    contained: bool

    @property
    def pid(self) -> int:
        """The server's main process, as this namespace knows it."""
        return next(iter(children_of(self.process.pid)), 0) if self.contained else self.process.pid

    def workers(self) -> set[int]:
        """Return the processes that the server's main process has started and that live."""
        return children_of(self.pid)

    def ask(self, path: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> Answer:
        """Ask for a page on a new connection."""
        with contextlib.closing(http.client.HTTPConnection(self.address, timeout=PATIENCE)) as connection:
            connection.request(method, path, headers={"Connection": "close", **(headers or {})})
            response = connection.getresponse()
            body = response.read()
        is_json = response.headers.get_content_type() == "application/json"
        return Answer(response.status, json.loads(body) if is_json else None)

    def answers(self, path: str = STEADY_PAGE) -> dict[int, dict[str, Any]]:
        """Return what each worker answers first, without its ``pid``, once every worker has answered.

        Gives up after a while, and returns what it has.
        """
        found: dict[int, dict[str, Any]] = {}
        for _ in until():
            # Nothing may listen for a while; that is for the load to notice.
            with contextlib.suppress(OSError, http.client.HTTPException):
                answer = self.ask(path).content
                if answer is not None:
                    found.setdefault(answer.pop("pid"), answer)
            workers = self.workers()
            # Who answers from another namespace is known by another number there.
            if workers <= found.keys() or (self.contained and len(workers) <= len(found)):
                break
        return found

    def hang_up(self) -> None:
        """Tell the server to replace its workers in its own way, and wait until it has."""
        before = self.workers()
        os.kill(self.pid, signal.SIGHUP)
        for _ in until():
            now = self.workers()
            if len(now) == len(before) and not now & before:
                break
        self.answers()

    def recycle(self, seconds: int = PATIENCE) -> subprocess.CompletedProcess[str]:
        """Have our command replace the workers, which may take so many seconds; what it prints is text."""
        return self.netbox.run(recycle_command(self.netbox, self.pid_file, seconds), check=False, capture=True)

    def wait_until_it_answers(self, workers: int) -> None:
        """Wait until so many workers have answered. Raises LabError when the server ends, or takes too long."""
        for _ in until():
            if self.process.poll() is not None:
                break
            with contextlib.suppress(OSError):
                self.ask("/login/")
                if len(self.answers()) == workers:
                    return
        raise LabError("The server does not answer.")

    def stop(self) -> None:
        """Stop the server with its workers."""
        if self.process.poll() is None:
            # Not the parent of one that is contained: "unshare" takes no such signal.
            os.kill(self.pid, signal.SIGTERM)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            # It is the leader of a session of its own, so nobody else is in its group.
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def until() -> Iterator[None]:
    """Yield again and again, with a pause, for as long as anything may take."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        yield
        time.sleep(PAUSE)


def children_of(pid: int) -> set[int]:
    """Return the children of a process that live."""
    command = ["ps", "-o", "pid=,stat=", "--ppid", str(pid)]
    listed = subprocess.run(command, capture_output=True, text=True).stdout.splitlines()
    return {int(pid) for pid, state in map(str.split, listed) if not state.startswith("Z")}


def plugin_reloader(netbox: NetBox, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run our command, and return how it ended; what it prints is text."""
    return netbox.run(netbox.inside("manage", "plugin_reloader", *arguments), check=False, capture=True)


def recycle_command(netbox: NetBox, pid_file: Path, seconds: int) -> Sequence[str | Path]:
    """Return the command that replaces the workers of the server whose main process ``pid_file`` names."""
    return netbox.inside("manage", "plugin_reloader", "recycle", "--wait", str(seconds), "--pid-file", pid_file)


@contextlib.contextmanager
def serving(
    netbox: NetBox,
    folder: Path,
    kind: str = "gunicorn",
    *,
    configuration: str = "",
    workers: int = WORKERS,
    container: Sequence[str] = (),
) -> Iterator[Server]:
    """Yield a server of a ``kind`` of :data:`COMMANDS`; its files lie in ``folder``.

    ``configuration`` is gunicorn's, in Python. ``container`` is a command that runs another one as its child, in
    namespaces of its own.
    """
    port, pid_file, file = free_port(), folder / "server.pid", folder / "gunicorn.py"
    file.write_text(configuration)
    values = {"port": port, "pid_file": pid_file, "workers": workers, "configuration": file}
    command = [*container, *(part.format(**values) for part in COMMANDS[kind].split())]
    process = subprocess.Popen(command, env=netbox.environ, start_new_session=True)
    server = Server(netbox, kind, f"127.0.0.1:{port}", process, pid_file, bool(container))
    try:
        server.wait_until_it_answers(workers)
        yield server
    finally:
        server.stop()
