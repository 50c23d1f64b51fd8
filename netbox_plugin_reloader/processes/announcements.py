"""Which NetBox processes there are: each announces itself in NetBox's cache, for a limited time."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Mapping
from datetime import timezone
from typing import Any, NamedTuple

from ..compat import running_version
from ..compat.installation import installed_version
from ..plugins import NETBOX, plugin_configs
from ..report import Process, error_text
from .cache import ask, get, is_away, limit_at_exit, own
from .host import KINDS, WEB, WORKER, birth_of, identity_of, is_running, place, this_process
from .servers import chain_reload_file, this_server

logger = logging.getLogger(__name__)

KEY = "process."
EXPIRY = 86_400
"""How long a silent process is remembered, in seconds: a web process is silent between its requests."""

EXIT_SECONDS = 0.5
"""How long a process that ends waits for each attempt to reach the cache, in seconds."""

LATEST = 2**35
"""No process started later than this, in seconds since 1970: a time that Python cannot show must not reach a page."""

RQWORKER = "rqworker"

STATES = UP_TO_DATE, BEHIND, OTHER_PLUGINS, OTHER_NETBOX, UNKNOWN = (
    "up to date",
    "behind",
    "other plugins",
    "other NetBox",
    "unknown",
)

LOADER = os.getpid()
"""The id of the process that loaded NetBox; this process may be a fork of it."""

INTERNAL = ("place", "birth", "master_identity", "preloaded", "follows")
"""What processes tell each other but people do not see."""

_started: dict[int, float] = {}


class Announcement(NamedTuple):
    """What a process says about itself.

    ``server`` is the application server that runs it, ``master`` is the id of its parent process, and ``reload_file``
    is the file that makes the server replace its workers when touched, if there is one. ``generation`` is the last one
    whose pass it ran, ``started`` is when it was prepared, in seconds since 1970. ``plugins`` are the versions by name.

    ``place`` and ``birth`` are those of :mod:`.host`, and ``master_identity`` is what :func:`.host.identity_of` returns
    for its parent. ``preloaded`` says that its parent loaded NetBox, and ``follows`` that it is running a pass now.
    """

    process: Process
    server: str
    master: int
    generation: int | None
    started: float
    netbox_version: str
    plugins: Mapping[str, str]
    reload_file: str = ""
    place: str = ""
    birth: int = 0
    master_identity: str = ""
    preloaded: bool = False
    follows: bool = False

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs; true on another host or in another container, where we cannot tell."""
        if not self.is_here:
            return True
        return birth_of(self.process.pid) == self.birth if self.birth else is_running(self.process.pid)

    @property
    def is_here(self) -> bool:
        """Whether the process runs on this host, and in this container of it."""
        return self.process.host == socket.gethostname() and self.place == place()

    def is_behind(self, generation: int | None) -> bool:
        """Return whether a web process has not run the pass of ``generation``; background workers do before a job."""
        return self.process.kind == WEB and generation is not None and (self.generation or 0) < generation

    def state(self, generation: int | None) -> str:
        """Return one of :data:`STATES`: whether the process has followed, and runs what it should.

        It should run the NetBox on this host's disk, which may be newer than the asking process, and the plugins that
        the asking process runs. A new NetBox needs new processes, so a process that runs another one is not up to date.
        """
        installed = installed_version()
        if not self.netbox_version or not installed:
            return UNKNOWN
        if self.netbox_version != installed:
            return OTHER_NETBOX
        if self.is_behind(generation):
            return BEHIND
        if not self.plugins:
            return UNKNOWN
        return UP_TO_DATE if dict(self.plugins) == plugin_versions() else OTHER_PLUGINS

    def differences(self) -> list[tuple[str, str, str]]:
        """Return what the process runs in another release than this one: name, its release, and ours, or "".

        The first is NetBox itself, as it is on this host's disk. Empty if the process did not say what it runs.
        """
        installed = installed_version()
        found = []
        if self.netbox_version and installed and self.netbox_version != installed:
            found.append((NETBOX, self.netbox_version, installed))
        here = plugin_versions() if self.plugins else {}
        return found + [
            (name, self.plugins.get(name, ""), here.get(name, ""))
            for name in sorted(here.keys() | self.plugins.keys())
            if self.plugins.get(name) != here.get(name)
        ]

    def as_dict(self) -> dict[str, Any]:
        """Return the announcement as plain dictionaries, strings and numbers, as NetBox's cache holds it."""
        return {**self._asdict(), "process": self.process._asdict()}

    def with_state(self, generation: int | None) -> dict[str, Any]:
        """Return what others may know of the process, with its state, as plain dictionaries, strings and numbers."""
        values = self.as_dict()
        told = {name: value for name, value in values.items() if name not in INTERNAL}
        return {**told.pop("process"), **told, "state": self.state(generation)}


def plugin_versions() -> dict[str, str]:
    """Return the version of each plugin that this process has loaded, by the plugin's name."""
    return {app_config.name: str(getattr(app_config, "version", "")) for app_config in plugin_configs()}


def announce(generation: int | None, *, follows: bool = False) -> bool:
    """Announce that this process has run the pass of ``generation``; return whether the cache answers; no database.

    ``follows`` says that it is running the pass of a newer one now.
    """
    process, master = this_process(), os.getppid()
    announcement = Announcement(
        process=process,
        server=RQWORKER if process.kind == WORKER else this_server(),
        master=master,
        generation=generation,
        # A process that is forked from a prepared one starts when it is forked.
        started=_started.setdefault(process.pid, time.time()),
        netbox_version=running_version(),
        plugins=plugin_versions(),
        reload_file=chain_reload_file(),
        place=place(),
        birth=birth_of(process.pid),
        master_identity=identity_of(master),
        preloaded=os.getpid() != LOADER,
        follows=follows,
    )
    return bool(ask(lambda cache: cache.set(_key(process), announcement.as_dict(), timeout=EXPIRY), False))


def own_key() -> str:
    """Return the key in the cache under which this process announces itself."""
    return _key(this_process())


def withdraw(pid: int | None = None) -> None:
    """Announce that this process, or ``pid`` on this host, no longer serves requests; no database."""
    process = this_process()
    ask(lambda cache: cache.delete(_key(process._replace(pid=pid or process.pid))), None)


def withdraw_at_exit() -> None:
    """Announce that this process ends, without waiting for a cache that does not answer; no database."""
    if is_away():
        return
    limit_at_exit(EXIT_SECONDS)
    withdraw()


def announced() -> list[Announcement]:
    """Return the announcements of the running processes, by host and start; no database.

    Only RQ knows background workers that have run no job yet, and their versions are unknown. Empty if the cache does
    not answer.
    """

    def found(cache: Any) -> list[Any] | None:
        keys = list(cache.iter_keys(own(f"{KEY}*")))
        try:
            return list(cache.get_many(keys).values())
        except Exception:
            # One value that cannot be read hides all others.
            return [get(cache, key) for key in keys]

    values = ask(found, None)
    if values is None:
        # RQ's Redis is usually the same server, and RQ's client would try to reach it for seconds.
        return []
    announcements = [*filter(None, map(_parse, values))]
    for process, started in _background_workers():
        same = [number for number, announcement in enumerate(announcements) if announcement.process == process]
        for number in same:
            announcements[number] = announcements[number]._replace(started=started)
        if not same:
            # RQ knows only the host's name. It forgets a worker that is silent for some minutes.
            announcements.append(Announcement(process, RQWORKER, 0, None, started, netbox_version="", plugins={}))
    return sorted(
        (announcement for announcement in announcements if announcement.is_alive),
        key=lambda announcement: (announcement.process.host, announcement.started, announcement.process.pid),
    )


def _background_workers() -> list[tuple[Process, float]]:
    """Return the background workers that RQ knows, and when each started, in seconds since 1970."""
    try:
        from django_rq import get_connection
        from rq import Worker

        workers = Worker.all(connection=get_connection("default"))
        return [
            (Process(worker.hostname, worker.pid, WORKER), worker.birth_date.replace(tzinfo=timezone.utc).timestamp())
            for worker in workers
            if worker.hostname and worker.pid and worker.birth_date
        ]
    except Exception as error:
        logger.info("RQ's background workers cannot be listed: %s", error_text(error))
        return []


def _key(process: Process) -> str:
    return own(f"{KEY}{process.host}.{place()}.{process.pid}")


def _parse(value: Any) -> Announcement | None:
    """Return the announcement that the cache holds as ``value``, or ``None`` if it is not one.

    Another program, or another release of ours, may have written it, and pages show it.
    """
    if not isinstance(value, dict) or value.keys() != set(Announcement._fields):
        return None
    process, plugins = value["process"], value["plugins"]
    if not (isinstance(process, dict) and process.keys() == set(Process._fields) and isinstance(plugins, dict)):
        return None
    texts = (
        process["host"],
        value["server"],
        value["netbox_version"],
        value["reload_file"],
        value["place"],
        value["master_identity"],
        *plugins,
        *plugins.values(),
    )
    numbers = [process["pid"], value["master"], value["birth"], value["generation"]]
    if value["generation"] is None:
        numbers.pop()
    is_sound = (
        process["kind"] in KINDS
        and all(isinstance(text, str) for text in texts)
        # A boolean is a number too. A number that no database could hold must not reach a page.
        and all(type(number) is int and 0 <= number < 2**63 for number in numbers)
        and type(value["preloaded"]) is type(value["follows"]) is bool
        and type(value["started"]) in (int, float)
        and 0 <= value["started"] < LATEST
    )
    return Announcement(**{**value, "process": Process(**process)}) if is_sound else None
