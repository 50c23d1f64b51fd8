"""The lock that lets only one recycle run at a time. It is in NetBox's cache, so that all hosts share it.

The process that takes the lock writes its identity there. All later changes are made by one Redis script, which
compares that identity first. So only the holder can keep the lock or give it back, and the lock is taken over from
exactly the holder that was found dead.
"""

from __future__ import annotations

import json
import math
import os
import socket
import uuid
from typing import Any, NamedTuple

from ..processes.cache import ask, own, redis_of
from ..processes.host import birth_of, is_running, place

KEY = "recycle.lock"
RECENT_KEY = "recycle.recent"

INTERVAL = 10
"""How long after the end of a recycle the next may be asked for, in seconds."""

CHANGE = """
if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == "" then redis.call("DEL", KEYS[1]) else redis.call("SET", KEYS[1], ARGV[2], "PX", ARGV[3]) end
return 1
"""
"""If the key holds argument 1, return 1 and set it to argument 2 for argument 3 milliseconds; an empty 2 deletes it."""


class RecycleRefused(Exception):
    """Nothing was touched; the text says why."""


class Holder(NamedTuple):
    """Who holds the lock; ``token`` is what stands in the cache, as text."""

    host: str
    place: str
    pid: int
    birth: int
    token: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"

    @property
    def is_gone(self) -> bool:
        """Whether the process has ended, which only its own host or container can tell."""
        if (self.host, self.place) != (socket.gethostname(), place()):
            return False
        return birth_of(self.pid) != self.birth if self.birth else not is_running(self.pid)


def holder() -> Holder | None:
    """Return who holds the lock, as far as one can tell from here; ``None`` also if the cache does not answer."""
    token = ask(_read, None)
    found = _parse(token) if token else None
    return None if found is None or found.is_gone else found


def is_free() -> bool:
    """Return whether it is certain that nobody holds the lock: the cache answers, and names no running process."""

    def free(cache: Any) -> bool:
        token = _read(cache)
        found = _parse(token) if token else None
        return found is None or found.is_gone

    return ask(free, False)


def is_recent() -> bool:
    """Return whether the last recycle ended less than :data:`INTERVAL` seconds ago."""
    return bool(ask(lambda cache: cache.get(own(RECENT_KEY)), None))


class Lock:
    """The lock as this process holds it, or wants to hold it.

    It expires after ``seconds``, in case this process ends without giving it back. ``token`` is that of the process
    that hands it over, if there is one.
    """

    def __init__(self, seconds: float, token: str = "") -> None:
        self._milliseconds = math.ceil(seconds * 1000)
        self._before = token
        holder = {"host": socket.gethostname(), "place": place(), "pid": os.getpid(), "birth": birth_of(os.getpid())}
        self.token = json.dumps({**holder, "id": uuid.uuid4().hex})

    def take(self) -> None:
        """Take it if no running process holds it, or if it is handed over. Raises :class:`RecycleRefused`."""

        def taken(cache: Any) -> bool:
            if self._before:
                return self._change(cache, self._before, self.token)
            before = _read(cache)
            if before is None:
                return self._set(cache)
            found = _parse(before)
            return (found is None or found.is_gone) and self._change(cache, before, self.token)

        answer = ask(taken, None)
        if answer is None:
            raise RecycleRefused("NetBox's cache does not answer, so nobody could tell when a new worker is ready.")
        if not answer:
            raise RecycleRefused("Another recycle has just begun.")

    def is_held(self) -> bool:
        """Return whether this process holds it. If the cache lost it, it is taken again unless another process has it.

        Also false if the cache does not answer.
        """
        return bool(ask(lambda cache: self._change(cache, self.token, self.token) or self._set(cache), False))

    def give_back(self) -> None:
        """Give it back if this process holds it, and refuse other recycles for :data:`INTERVAL` seconds."""

        def given_back(cache: Any) -> None:
            if self._change(cache, self.token, ""):
                cache.set(own(RECENT_KEY), True, timeout=INTERVAL)

        ask(given_back, None)

    def _set(self, cache: Any) -> bool:
        return bool(redis_of(cache).set(_name(cache), self.token, nx=True, px=self._milliseconds))

    def _change(self, cache: Any, before: str | bytes, after: str) -> bool:
        return bool(redis_of(cache).eval(CHANGE, 1, _name(cache), before, after, self._milliseconds))


def _name(cache: Any) -> str:
    return str(cache.make_key(own(KEY)))


def _read(cache: Any) -> bytes | None:
    value: bytes | None = redis_of(cache).get(_name(cache))
    return value


def _parse(token: bytes) -> Holder | None:
    """Return the holder that ``token`` names, or ``None`` if another program wrote it."""
    try:
        values = json.loads(token)
        texts, numbers = (values["host"], values["place"]), (values["pid"], values["birth"])
        is_sound = all(isinstance(text, str) for text in texts) and all(type(number) is int for number in numbers)
        return Holder(*texts, *numbers, token=token.decode()) if is_sound else None
    except (ValueError, TypeError, KeyError):
        return None
