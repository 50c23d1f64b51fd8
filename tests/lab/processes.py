"""Start other programs: quietly while the lab prepares something, in the foreground when NetBox runs."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType

from tests.lab.errors import LabError

SHORT = 3
# pip warns of each attempt before it says what is wrong.
PASSING = "WARNING: "
TERMINATING_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


def say(message: str) -> None:
    """Tell the user on stderr what the lab does now; stdout belongs to the program that is run."""
    print(message, file=sys.stderr, flush=True)


def run(
    command: Sequence[str | Path],
    failure: str,
    *,
    environ: Mapping[str, str] | None = None,
    error: Callable[[str], LabError] = LabError,
) -> str:
    """Run a command and return its stdout.

    Raises what `error` makes of the sentence "<failure>: <what the command printed>" when the command fails or does
    not exist. Of a long output, such as a traceback, all but the last line goes to stderr as it is.
    """
    try:
        process = subprocess.run(command, env=environ, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    except OSError as exception:
        raise error(f"{failure}: {exception.strerror}: {command[0]}") from exception
    if process.returncode:
        output = (process.stdout + process.stderr).splitlines()
        lines = [line for line in output if line.strip() and not line.startswith(PASSING)] or [
            f"exit status {process.returncode}"
        ]
        reason = lines if len(lines) <= SHORT else lines[-1:]
        for line in lines[: -len(reason)]:
            say(f"  {line}")
        raise error(f"{failure}: {' '.join(line.strip() for line in reason)}")
    return process.stdout


def call(command: Sequence[str | Path], environ: Mapping[str, str]) -> int:
    """Run a command in the foreground, pass signals on to it and return its exit status as a shell would.

    Raises LabError when the command cannot be started.
    """
    process: subprocess.Popen[bytes] | None = None

    def forward(number: int, frame: FrameType | None) -> None:
        if process is None:
            raise SystemExit(128 + number)
        # A terminal sends Ctrl-C to the command as well; a second interrupt would cut its clean-up short.
        if not (number == signal.SIGINT and sys.stdin.isatty()):
            process.send_signal(number)

    before = {number: signal.signal(number, forward) for number in (signal.SIGINT, *TERMINATING_SIGNALS)}
    try:
        process = subprocess.Popen(command, env=environ)
        status = process.wait()
    except OSError as exception:
        raise LabError(f"{command[0]} cannot be started: {exception.strerror}.") from exception
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return status if status >= 0 else 128 - status


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nothing listens on at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def clean_environ() -> dict[str, str]:
    """Return the environment variables but those that would lead Python, NetBox or PostgreSQL astray."""
    kept = {"PYTHONDEVMODE", "PYTHONWARNINGS", "PYTHONHASHSEED"}
    foreign = ("PYTHON", "DJANGO_", "PG", "VIRTUAL_ENV", "NETBOX_CONFIGURATION", "NETBOX_ROOT")
    return {name: value for name, value in os.environ.items() if name in kept or not name.startswith(foreign)}
