"""Start NetBox once for each PLUGINS order, and run each probe in a process that is forked from there.

NetBox's registry is global to a process, so a PLUGINS order can only be tested in a process of its own, and what a
probe changes must not reach the next one. To start NetBox takes 2 seconds, and 6 with its pages; a fork takes none.
A process can be forked at each of `STAGES`, and has no open connection to the database then.

`Forks` is the side of the tests. The other side is this file run as a script: a process that forks on request.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from importlib import import_module
from pathlib import Path

TIMEOUT = 300
"""The seconds that a probe may take."""

KEPT = 24
"""How many processes are kept to fork from."""

THIRD_PARTY = ("django.db.models", "django.forms", "graphql", "jinja2", "netaddr", "psycopg", "redis", "strawberry")
"""What NetBox imports, and what can be imported without its settings."""


def load_settings():
    """Load NetBox's settings, and with them the packages of the plugins."""
    from django.conf import settings

    settings.PLUGINS  # noqa: B018


def start():
    from tests.netbox import starting

    starting.start()


def load_urlconf():
    """Load NetBox's pages as nobody but NetBox does."""
    from django.urls import get_resolver

    get_resolver().url_patterns  # noqa: B018


def serve():
    """Become a web process: build its middleware chain, and load its pages."""
    from django.core.handlers.wsgi import WSGIHandler

    WSGIHandler()
    load_urlconf()


STAGES = {
    "python": (None, lambda: None),
    "settings": ("python", load_settings),
    "started": ("settings", start),
    "urlconf": ("started", load_urlconf),
    "web": ("started", serve),
}
"""For each stage at which a process can be forked: the one before it, and what leads from there to it."""


class Forks:
    """The processes to fork from. To be used as a context manager, which ends them all."""

    def __init__(self, environ):
        self.environ = environ
        self.starts = self.probes = 0
        self._addresses = {}

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory()
        self._count = 0
        first = self._path()
        with listen(first) as listener:
            self._first = subprocess.Popen(
                [sys.executable, __file__, str(listener.fileno())],
                env=self.environ,
                pass_fds=[listener.fileno()],
                start_new_session=True,
                stdin=subprocess.PIPE,
            )
        self._addresses["python", ""] = first, ""
        return self

    def __exit__(self, *error):
        # All of them see that it is closed, and end.
        self._first.stdin.close()
        try:
            self._first.wait(60)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._first.pid, signal.SIGKILL)
            self._folder.cleanup()

    def run(self, stage, script, arguments, environ):
        """Run a script in a process forked at ``stage`` with ``environ``; return it as `subprocess.run` does.

        What NetBox wrote to stderr on the way to the stage is part of its stderr.
        """
        try:
            address, before = self._process(stage, environ)
        except subprocess.CalledProcessError as failed:
            return subprocess.CompletedProcess([script], failed.returncode, failed.stdout, failed.stderr)
        self.probes += 1
        self.starts += stage in ("python", "settings")
        status, stdout, stderr = self._ask(address, run=str(script), arguments=arguments, environ=environ)
        return subprocess.CompletedProcess([script, *arguments], status, stdout, before + stderr)

    def _process(self, stage, environ):
        """Return the address of a process at ``stage``, and what it wrote to stderr until then."""
        key = stage, json.dumps(environ, sort_keys=True) if stage != "python" else ""
        if key not in self._addresses:
            before, _ = STAGES[stage]
            parent, said = self._process(before, environ)
            address = self._path()
            status, stdout, stderr = self._ask(parent, stage=stage, environ=environ, at=address)
            if status:
                raise subprocess.CalledProcessError(status, stage, stdout, said + stderr)
            self.starts += stage == "started"
            self._addresses[key] = address, said + stderr
            self._end_oldest()
        self._addresses[key] = self._addresses.pop(key)
        return self._addresses[key]

    def _end_oldest(self):
        others = [key for key in self._addresses if key[0] != "python"]
        for key in others[:-KEPT]:
            self._ask(self._addresses.pop(key)[0], end=True)

    def _path(self):
        self._count += 1
        return f"{self._folder.name}/{self._count}"

    def _ask(self, address, **request):
        outputs = {name: self._path() for name in ("stdout", "stderr")}
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(TIMEOUT)
            connection.connect(address)
            connection.sendall(json.dumps({**request, **outputs}).encode() + b"\n")
            answer = connection.makefile().readline()
        texts = [Path(path).read_text() if Path(path).exists() else "" for path in outputs.values()]
        return int(answer or 1), *texts


def listen(address):
    """Return a socket that listens at ``address``."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen()
    return listener


def answer_all(listener):
    """Fork for each request, until told to end, or until the first process's stdin is closed, which all share."""
    while listener in select.select([listener, sys.stdin], [], [])[0]:
        connection, _ = listener.accept()
        request = json.loads(connection.makefile().readline())
        if request.get("end"):
            connection.sendall(b"0\n")
            break
        child = os.fork()
        if child == 0:
            redirect(request)
            take(request["environ"])
            if "run" in request:
                listener.close()
                os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
                leave(run(request["run"], request["arguments"]))
            reach(request["stage"])
            listener = listen(request["at"])
            connection.sendall(b"0\n")
        elif "run" in request:
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            # Whoever asked may have given up waiting; others ask this process later.
            with contextlib.suppress(OSError):
                connection.sendall(f"{status}\n".encode())
        connection.close()
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
    leave(0)


def take(environ):
    """Have these variables, and do what Python does with them when it starts."""
    os.environ.update(environ)
    paths = environ.get("PYTHONPATH", "").split(os.pathsep)
    sys.path[1:1] = [path for path in paths if path and path not in sys.path]
    sys.dont_write_bytecode |= "PYTHONDONTWRITEBYTECODE" in environ


def redirect(request):
    for descriptor, name in ((1, "stdout"), (2, "stderr")):
        output = os.open(request[name], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(output, descriptor)
        os.close(output)


def run(script, arguments):
    """Run a script as Python would, and return the exit status."""
    sys.argv = [script, *arguments]
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as exit_:
        if isinstance(exit_.code, str):
            print(exit_.code, file=sys.stderr)
            return 1
        return exit_.code or 0
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def reach(stage):
    """Go on to the stage, or end as Python would."""
    try:
        STAGES[stage][1]()
        if stage not in ("python", "settings"):
            from django.db import connections

            connections.close_all()
    except BaseException:
        traceback.print_exc()
        leave(1)


def leave(status):
    """End this process, and have coverage write what it measured."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(status)


if __name__ == "__main__":
    # Nearly all that is made stays; to look for what does not, as often as usual, takes a third of the time.
    gc.set_threshold(100_000, 50, 100)
    for name in THIRD_PARTY:
        import_module(name)
    answer_all(socket.socket(fileno=int(sys.argv[1])))
