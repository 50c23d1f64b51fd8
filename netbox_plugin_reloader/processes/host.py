"""What kind of process this is, as far as it can know that of itself, and which others its host runs."""

from __future__ import annotations

import getpass
import os
import socket
import sys
from pathlib import Path
from typing import Final

from ..report import Process

WEB: Final = "web"
WORKER: Final = "worker"
COMMAND: Final = "command"
KINDS = (WEB, WORKER, COMMAND)

PROCESSES = Path("/proc")
"""Where Linux shows its processes."""

_serves_requests = False


def note_web_process() -> None:
    """Note that this process serves requests: only the construction of its middleware tells."""
    global _serves_requests
    _serves_requests = True


def this_process() -> Process:
    """Return this process; a web process counts as a command until it builds its middleware. No database."""
    here = socket.gethostname(), os.getpid()
    if _serves_requests:
        return Process(*here, WEB)
    return Process(*here, WORKER if "rqworker" in sys.argv[1:2] else COMMAND)


def user_name() -> str:
    """Return the name of the user of this process; in a container an id may have none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def parent_of(pid: int) -> int | None:
    """Return the id of the parent of this host's process ``pid``, or ``None`` if there is none or it has ended."""
    try:
        # After the name, which may hold anything, come the state and the parent (proc_pid_stat(5)).
        state, parent = (PROCESSES / str(pid) / "stat").read_text().rpartition(")")[2].split()[:2]
    except OSError:
        return None
    return None if state in "ZX" else int(parent)


def command_line(pid: int) -> bytes:
    """Return the command line of this host's process ``pid``; empty if there is none."""
    try:
        return (PROCESSES / str(pid) / "cmdline").read_bytes()
    except OSError:
        return b""


def is_running(pid: int) -> bool:
    """Return whether this host runs the process ``pid``; a host that does not show its processes runs them all."""
    return parent_of(pid) is not None or not PROCESSES.is_dir()


def children_of(pid: int) -> set[int]:
    """Return the ids of the running processes of this host whose parent is ``pid``."""
    others = (int(path.name) for path in PROCESSES.iterdir() if path.name.isdecimal())
    return {other for other in others if parent_of(other) == pid}
