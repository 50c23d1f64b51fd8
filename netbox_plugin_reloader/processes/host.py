"""What kind of process this is, as far as it can tell, and which other processes its host runs."""

from __future__ import annotations

import getpass
import os
import signal
import socket
import sys
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

from ..report import Process

WEB: Final = "web"
WORKER: Final = "worker"
COMMAND: Final = "command"
KINDS = (WEB, WORKER, COMMAND)

PROCESSES = Path("/proc")
"""Where Linux shows its processes."""

RQWORKERS = ("rqworker", "rqworker-pool")
"""The management commands that run background workers (django_rq/management/commands, all supported releases)."""

_serves_requests = False
_runs_jobs = False


def note_web_process() -> None:
    """Note that this process serves requests: only the construction of its middleware shows that."""
    global _serves_requests
    _serves_requests = True


def note_background_worker() -> None:
    """Note that this process runs background jobs, whatever command started it."""
    global _runs_jobs
    _runs_jobs = True


def this_process() -> Process:
    """Return this process; a web process counts as a command until it builds its middleware. No database."""
    here = socket.gethostname(), os.getpid()
    if _serves_requests:
        return Process(*here, WEB)
    is_worker = _runs_jobs or not {*RQWORKERS}.isdisjoint(sys.argv[1:2])
    return Process(*here, WORKER if is_worker else COMMAND)


def place() -> str:
    """Return where the process ids that this process sees are valid: the boot of a machine and a pid namespace.

    Containers of one Kubernetes pod share the host name but not the process ids. Empty where that cannot be known: a
    host may hide its processes, and a container may show those of another (``unshare --pid`` without ``--mount-proc``).
    """
    if not _shows_processes():
        return ""
    boot = ""
    with suppress(OSError):
        boot = (PROCESSES / "sys/kernel/random/boot_id").read_text().strip()
    try:
        return f"{boot}.{(PROCESSES / 'self/ns/pid').stat().st_ino}"
    except OSError:
        return boot


def _shows_processes() -> bool:
    try:
        return str((PROCESSES / "self").readlink()) == str(os.getpid())
    except OSError:
        return False


def user_name() -> str:
    """Return the name of the user of this process; in a container a user id may have no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def _stat(pid: int) -> list[str]:
    """Return the fields after a process's name, which may be any text (proc_pid_stat(5)); empty if it has ended."""
    if not _shows_processes():
        return []
    try:
        fields = (PROCESSES / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
    return [] if fields[0] in "ZX" else fields


def parent_of(pid: int) -> int | None:
    """Return the id of the parent of this host's process ``pid``, or ``None`` if there is none or it has ended."""
    fields = _stat(pid)
    return int(fields[1]) if fields else None


def birth_of(pid: int) -> int:
    """Return when the process ``pid`` of this host was started, in ticks since the boot; 0 if it has ended."""
    fields = _stat(pid)
    return int(fields[19]) if fields else 0


def identity_of(pid: int) -> str:
    """Return what tells the process ``pid`` of this host from all others that ever had its id; empty if it has ended.

    That is when it was started, and a digest of its command line, because the line itself may hold secrets.
    """
    birth, line = birth_of(pid), command_line(pid)
    return f"{birth}.{sha256(line).hexdigest()[:16]}" if birth and line else ""


def send_signal(pid: int, identity: str, number: signal.Signals) -> None:
    """Send a signal to the process ``pid`` of this host, if :func:`identity_of` it is ``identity``.

    Raises :class:`ProcessLookupError` otherwise, and :class:`PermissionError` if it is another user's. On Linux 5.3 and
    later the signal cannot reach a process that takes over the id meanwhile.
    """
    descriptor = _hold(pid)
    try:
        if not identity or identity_of(pid) != identity:
            raise ProcessLookupError(f"process {pid} is another one")
        if descriptor is None:
            os.kill(pid, number)
        else:
            signal.pidfd_send_signal(descriptor, number)
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _hold(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        raise
    except (AttributeError, OSError):
        # A sandbox may forbid it.
        return None


def command_line(pid: int) -> bytes:
    """Return the command line of this host's process ``pid``; empty if there is none."""
    try:
        return (PROCESSES / str(pid) / "cmdline").read_bytes()
    except OSError:
        return b""


def is_running(pid: int) -> bool:
    """Return whether this host runs the process ``pid``; always true on a host that does not show its processes."""
    return parent_of(pid) is not None or not _shows_processes()


def children_of(pid: int) -> set[int]:
    """Return the ids of the running processes of this host whose parent is ``pid``."""
    others = (int(path.name) for path in PROCESSES.iterdir() if path.name.isdecimal()) if _shows_processes() else ()
    return {other for other in others if parent_of(other) == pid}
