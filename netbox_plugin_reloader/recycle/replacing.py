"""Replacing the worker processes of an application server, one at a time, each new one warm before an old one goes.

A worker that starts loads the configuration and the plugins as they are on disk then. It announces itself when it has
loaded all of NetBox's pages, just before its first request
(:func:`~netbox_plugin_reloader.startup.web_process.prepare_web_process`).
"""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NoReturn

from ..compat.installation import which_instance
from ..processes.announcements import Announcement, announced
from ..processes.host import (
    PROCESSES,
    WEB,
    children_of,
    command_line,
    identity_of,
    is_running,
    parent_of,
    send_signal,
)
from ..processes.servers import GRANIAN, GUNICORN, UWSGI, how_to_restart

START_TIMEOUT = 120.0
"""How long a new worker may take until it announces itself, in seconds."""

POLL = 0.2
END_TIMEOUT = 5.0
"""How long a worker that never announced itself has to end by itself, in seconds."""

ARMED, DISARMED = b"1", b"0"
"""What the process that replaces workers tells its guard: whether it leaves something to undo if it is killed."""

PRELOADS = "it loads NetBox before it forks its workers (preload), so new workers would have old code. Restart it."


class RecycleFailed(Exception):
    """The workers were not replaced, or not all of them; the text says why, and what was done."""


@dataclass(frozen=True)
class Master:
    """The main process of a server of this host, which starts its workers, and the workers that are announced.

    ``identity`` is what they announced about it: :func:`~netbox_plugin_reloader.processes.host.identity_of`.
    """

    pid: int
    server: str
    workers: tuple[Announcement, ...]
    identity: str

    def __str__(self) -> str:
        return f"{self.server}, process {self.pid}"


def masters() -> list[Master]:
    """Return the servers of this host that serve this NetBox, as far as their workers are announced; no database.

    A master counts only if it is still the parent of an announced process, and the same process as when that was
    announced: its id may belong to another process since, or in another container. A gunicorn that loads NetBox before
    it forks is announced itself, and its parent is not a master.
    """
    workers: dict[tuple[int, str, str], list[Announcement]] = {}
    for announcement in announced():
        process, master = announcement.process, announcement.master
        # A signal to 0, the parent of a container's first process, would go to a whole group of processes (kill(2)).
        if process.kind != WEB or not announcement.is_here or not master or parent_of(process.pid) != master:
            continue
        identity = announcement.master_identity
        if not identity or identity_of(master) != identity:
            continue
        if announcement.server != GUNICORN or _is_forked(process.pid, master):
            workers.setdefault((master, announcement.server, identity), []).append(announcement)
    return [Master(pid, server, tuple(found), identity) for (pid, server, identity), found in workers.items()]


def _preloading() -> dict[int, str]:
    """Return the server of each announced process of this host that has forked workers itself, by its id."""
    here = {found.process.pid: found.server for found in announced() if found.is_here and found.process.kind == WEB}
    return {pid: server for pid, server in here.items() if any(_is_forked(child, pid) for child in children_of(pid))}


def why_no_master() -> str:
    """Return a sentence that says why there is no server whose workers could be replaced."""
    for pid, server in _preloading().items():
        return f"{server}, process {pid}: {PRELOADS}"
    return f"No process of this host that serves NetBox is known.{which_instance()}"


def master_of_pid_file(path: Path) -> Master:
    """Return the server whose process id stands in the file ``path``.

    Raises :class:`RecycleFailed`, also if no worker of that process is announced.
    """
    try:
        text = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise RecycleFailed(f"The file {path} cannot be read: {error.strerror}.") from error
    if not text.isdecimal():
        raise RecycleFailed(f"The file {path} holds {text[:40]!r}, which is not a process id.")
    known = masters()
    for master in known:
        if master.pid == int(text):
            return master
    for announcement in announced():
        if announcement.is_here and announcement.process.pid == int(text):
            raise RecycleFailed(f"{announcement.server}, process {text}: {PRELOADS}")
    state = "runs, but is not" if is_running(int(text)) else "does not run, and is not"
    others = ", ".join(map(str, known)) or "none"
    raise RecycleFailed(
        f"The file {path} names process {text}, which {state} the master of a worker of this NetBox on this host. "
        f"Known masters: {others}.{which_instance()}"
    )


class Recycle:
    """One replacement of the workers of ``master``.

    ``netbox_version`` is what the new workers must run, and ``plugins`` are the versions that they must have, by the
    plugins' names. ``deadline`` is when it must have ended, by :func:`time.monotonic`. ``say`` is called with each line
    about the progress, and ``is_alone`` says whether it is still certain that no other recycle runs.
    """

    def __init__(
        self,
        master: Master,
        netbox_version: str,
        plugins: Mapping[str, str],
        deadline: float,
        say: Callable[[str], object],
        is_alone: Callable[[], bool],
    ) -> None:
        self.master = master
        self.netbox_version = netbox_version
        self.plugins = plugins
        self.deadline = deadline
        self.say = say
        self.is_alone = is_alone
        self.old = {worker.process.pid for worker in master.workers}
        # A worker that got no request for long is no longer announced, but has to be replaced too.
        lines = {command_line(pid) for pid in self.old}
        self.old |= {pid for pid in children_of(master.pid) if command_line(pid) in lines}

    def run(self) -> None:
        """Replace the workers. Raises :class:`RecycleFailed`; the server goes on with the workers that it has."""
        ways = {GUNICORN: self.replace_one_by_one, GRANIAN: self.hold_back, UWSGI: self.touch}
        if self.master.server not in ways:
            raise RecycleFailed(
                f"{self.master}: its workers cannot be replaced from here: {how_to_restart(self.master.server)}."
            )
        if any(worker.preloaded for worker in self.master.workers):
            raise RecycleFailed(f"{self.master}: {PRELOADS}")
        ways[self.master.server]()
        self.wait_until(lambda: not self.old_running(), "the old workers have not ended yet")
        self.wait_until(lambda: len(self.new()) >= len(self.old), "there are not as many new workers as before")
        self.say(f"{self.master}: {len(self.old)} workers replaced by {len(self.new())}")

    def replace_one_by_one(self) -> None:
        """gunicorn: SIGTTIN adds a worker, and when that is warm SIGTTOU ends the oldest one.

        A SIGHUP would end the old workers as soon as the new ones are forked, long before they are warm.
        """
        while old := self.old_running():
            known, children = {worker.process.pid for worker in self.new()}, children_of(self.master.pid)
            with self._guarded(partial(self.put_back, children)) as tell:
                self.order(signal.SIGTTIN)
                tell(ARMED)
                try:
                    new = self.wait_for_new(known)[0]
                    self.check_versions(new)
                    self.say_ready(new, len(old))
                except BaseException:
                    # Nobody may be there to be told: the output may be a terminal that was closed.
                    self.put_back(children, tell)
                    self.say(f"{self.master}: the new worker was ended")
                    raise
            self.order(signal.SIGTTOU)
            self.wait_until(lambda: len(self.old_running()) < len(old), "an old worker does not end")

    def hold_back(self) -> None:
        """granian: after a SIGHUP it replaces its workers one by one, but does not wait until a new one is warm.

        It waits only for its ``--respawn-interval``, which is much less than NetBox takes to start, so that for a while
        no worker would listen. So it is stopped as soon as it has started a new worker, until that is warm.
        """
        before, known = children_of(self.master.pid), set[int]()
        self.order(signal.SIGHUP)
        for count in range(len(self.old)):
            self.wait_until(
                lambda expected=count: len(children_of(self.master.pid) - before) > expected,  # type: ignore[misc]
                "no new worker was started",
            )
            with self.stopped():
                new = self.wait_for_new(known)[0]
                self.check_versions(new)
            known.add(new.process.pid)
            self.say_ready(new, len(self.old) - count)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop the server's main process while the body runs; its workers go on. Process 1 cannot be stopped.

        The main process goes on afterwards, even if this process is killed meanwhile.
        """
        with self._guarded(lambda: self.signal(signal.SIGCONT)) as tell:
            tell(ARMED)
            try:
                self.signal(signal.SIGSTOP)
                yield
            finally:
                with suppress(RecycleFailed):
                    self.signal(signal.SIGCONT)

    @contextmanager
    def _guarded(self, undo: Callable[[], object]) -> Iterator[Callable[[bytes], object]]:
        """Have another process, the guard, call ``undo`` if this one ends within the body while the guard is armed.

        Yields what tells it :data:`ARMED` or :data:`DISARMED`, which it is at first.
        """
        ours, theirs = socket.socketpair()

        def tell(state: bytes) -> None:
            # Somebody may have killed it.
            with suppress(OSError):
                ours.send(state)

        with ours, theirs:
            try:
                guard = os.fork() or _guard(ours, theirs, undo)
            except OSError as error:
                raise RecycleFailed(f"{self.master}: no process could be started: {error.strerror}.") from error
            theirs.close()
            try:
                # From now on, what may end this process cannot reach the other one.
                ours.recv(1)
                yield tell
            finally:
                tell(DISARMED)
                ours.close()
                os.waitpid(guard, 0)

    def touch(self) -> None:
        """uWSGI: it replaces its workers one after another when its file is touched."""
        files = {worker.reload_file for worker in self.master.workers} - {""}
        if not files:
            raise RecycleFailed(f"{self.master}: it cannot be asked: {how_to_restart(UWSGI)}.")
        self.check_alone()
        try:
            for file in files:
                _touch(file)
        except OSError as error:
            raise RecycleFailed(f"{self.master}: {error.filename} cannot be touched: {error.strerror}.") from error
        self.check_versions(self.wait_for_new(set())[0])

    def say_ready(self, new: Announcement, old: int) -> None:
        self.say(f"{self.master}: new worker {new.process.pid} is ready; old workers left to replace: {old}")

    def order(self, number: signal.Signals) -> None:
        """Send a signal that changes the workers. Raises :class:`RecycleFailed`, also if another recycle may run."""
        self.check_alone()
        self.signal(number)

    def check_alone(self) -> None:
        if not self.is_alone():
            raise RecycleFailed(f"{self.master}: the lock in NetBox's cache was lost, so another recycle may run.")

    def signal(self, number: signal.Signals) -> None:
        try:
            send_signal(self.master.pid, self.master.identity, number)
        except PermissionError as error:
            raise RecycleFailed(
                f"{self.master}: it belongs to another user, who has to run this: {_owner(self.master.pid)}."
            ) from error
        except ProcessLookupError as error:
            raise RecycleFailed(f"{self.master}: it has ended.") from error

    def old_running(self) -> set[int]:
        """Return the old workers that still run."""
        return {pid for pid in self.old if parent_of(pid) == self.master.pid}

    def new(self) -> list[Announcement]:
        """Return the workers that are announced and were not there before."""
        return [
            worker
            for master in masters()
            if master.pid == self.master.pid
            for worker in master.workers
            if worker.process.pid not in self.old
        ]

    def wait_for_new(self, known: Iterable[int]) -> list[Announcement]:
        """Wait for a new worker that is not ``known``, and return all of them. Raises :class:`RecycleFailed`."""
        found: list[Announcement] = []

        def is_there() -> bool:
            found[:] = [worker for worker in self.new() if worker.process.pid not in known]
            return bool(found)

        limit = min(self.deadline, time.monotonic() + START_TIMEOUT)
        self.wait_until(is_there, "no new worker has announced itself", limit)
        return found

    def wait_until(self, condition: Callable[[], bool], problem: str, limit: float | None = None) -> None:
        limit = self.deadline if limit is None else limit
        started = time.monotonic()
        while not condition():
            if not is_running(self.master.pid):
                raise RecycleFailed(f"{self.master}: it has ended.")
            if time.monotonic() > limit:
                raise RecycleFailed(f"{self.master}: {problem} after {time.monotonic() - started:.0f} seconds.")
            time.sleep(POLL)

    def check_versions(self, worker: Announcement) -> None:
        """Raise :class:`RecycleFailed` if a new worker has another NetBox or other plugins than are on disk.

        Even if no version changed, its configuration and code may be old: they are if the server loaded NetBox.
        """
        if worker.preloaded:
            raise RecycleFailed(f"{self.master}: {PRELOADS}")
        wrong = "other plugins than those" if dict(worker.plugins) != dict(self.plugins) else ""
        if worker.netbox_version != self.netbox_version:
            wrong = f"NetBox {worker.netbox_version} instead of the {self.netbox_version}"
        if wrong:
            raise RecycleFailed(
                f"{self.master}: its new worker {worker.process.pid} has {wrong} on disk. A server "
                "that loads NetBox before it forks its workers (preload) has to be restarted."
            )

    def put_back(self, kept: Set[int], tell: Callable[[bytes], object] = lambda state: None) -> None:
        """Make gunicorn run as many workers as before, and end those that are not ``kept``: they are not ready.

        SIGTTOU alone would end the oldest worker, a good one. Without SIGTTOU gunicorn would start another new one. So
        it is stopped for a moment. When it goes on, it sees both at once: a worker has ended, and one less is to run.
        From release 25 on it may notice one before the other; then it ends an old worker and starts a new one.
        ``tell`` is what disarms the guard, unless it is the guard that does this.
        """
        unready = children_of(self.master.pid) - kept
        try:
            with self.stopped():
                for pid in unready:
                    _end(pid, self.master.pid)
        finally:
            tell(DISARMED)
            # Only now: SIGCONT discards a pending SIGTTOU, because that may stop a process (signal(7)).
            self.signal(signal.SIGTTOU)


def _is_forked(pid: int, parent: int) -> bool:
    """Return whether ``parent`` is gunicorn: it has the command line of its workers, or both are named gunicorn."""
    lines = command_line(pid), command_line(parent)
    return lines[0] == lines[1] or all(line.startswith(b"gunicorn: ") for line in lines)


def _touch(file: str) -> None:
    """Touch ``file``, and nothing to which a symbolic link in its place leads."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o644)
    try:
        os.utime(descriptor)
    finally:
        os.close(descriptor)


def _guard(other: socket.socket, connection: socket.socket, undo: Callable[[], object]) -> NoReturn:
    """Be the process that waits until the one at the other end of the ``connection`` ends; then ``undo`` if armed."""
    try:
        other.close()
        # A signal to that process, or to its whole session, must not reach this one.
        os.setsid()
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        connection.send(b"1")
        state = DISARMED
        while told := connection.recv(1):
            state = told
        if state == ARMED:
            undo()
    finally:
        # Do nothing that the other process would do at its end.
        os._exit(0)


def _end(pid: int, parent: int) -> None:
    """End the process ``pid``, if it is still a child of ``parent``."""
    identity = identity_of(pid)
    if parent_of(pid) != parent:
        return
    with suppress(ProcessLookupError):
        for number in (signal.SIGTERM, signal.SIGKILL):
            send_signal(pid, identity, number)
            limit = time.monotonic() + END_TIMEOUT
            while is_running(pid) and time.monotonic() < limit:
                time.sleep(POLL)


def _owner(pid: int) -> str:
    try:
        return (PROCESSES / str(pid)).owner()
    except (KeyError, OSError):
        return "unknown"
