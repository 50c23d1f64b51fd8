"""NetBox's cache, which may be away: to ask it here never raises an exception."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache as remember
from typing import Any, TypeVar

from ..report import error_text

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")

_away = False
_left: ContextVar[float | None] = ContextVar("left", default=None)
"""What is left of the time for questions, in seconds; ``None`` where there is no limit."""


@remember
def _instance() -> str:
    from django.conf import settings
    from django.db import DEFAULT_DB_ALIAS
    from django.utils.crypto import salted_hmac

    name = str(settings.DATABASES[DEFAULT_DB_ALIAS]["NAME"])
    return salted_hmac(__name__, name, algorithm="sha256").hexdigest()[:12]


def own(name: str) -> str:
    """Return the key of ``name`` in the cache, which is this NetBox's alone; no database.

    Several NetBoxes may share a database of Redis. All hosts of one have the same SECRET_KEY and the same database, but
    may reach that by different addresses.
    """
    return f"netbox_plugin_reloader.{_instance()}.{name}"


def redis_of(cache: Any) -> Any:
    """Return the client of redis-py behind ``cache``, which is django-redis (netbox/settings.py, all releases)."""
    return cache.client.get_client(write=True)


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Limit all that the body asks the cache to ``seconds`` together; the first question that fails is the last one.

    A server may take connections and never answer. NetBox sets no time limit for its cache, and redis-py has none of
    its own in some of its releases (4.6 pins such a one).
    """
    token = _left.set(seconds)
    try:
        yield
    finally:
        _left.reset(token)


def close_idle_connections() -> None:
    """Close this process's connections to the cache that nobody uses now; the next question opens another one."""
    from django.core.cache import cache

    with suppress(Exception):
        redis_of(cache).connection_pool.disconnect(inuse_connections=False)


def is_away() -> bool:
    """Return whether the last question that this process asked was not answered."""
    return _away


def limit_at_exit(seconds: float) -> None:
    """Have each attempt to ask the cache end within ``seconds`` from now on, in a process that ends.

    No thread can be started then, so :func:`limited` has no effect; and nobody else uses the connections any more.
    """
    from django.core.cache import cache

    with suppress(Exception):
        pool = redis_of(cache).connection_pool
        pool.connection_kwargs.update(socket_timeout=seconds, socket_connect_timeout=seconds)
        pool.disconnect()


def ask(question: Callable[[Any], Answer], otherwise: Answer) -> Answer:
    """Return the answer of ``question``, which is called with Django's default cache, or ``otherwise`` if it fails.

    The first failure after a success is a line of the log. No database.
    """
    global _away
    try:
        answer = _answer(question)
    except Exception as error:
        if not _away:
            logger.warning("NetBox's cache does not answer, and is not waited for: %s", error_text(error))
        _away = True
        return otherwise
    _away = False
    return answer


def _answer(question: Callable[[Any], Answer]) -> Answer:
    from django.core.cache import cache

    left = _left.get()
    if left is None:
        return question(cache)
    answers: list[Answer] = []
    errors: list[Exception] = []

    def answer() -> None:
        try:
            # Django has a cache for each thread, and django-redis one pool of connections for all of them.
            answers.append(question(cache))
        except Exception as error:
            errors.append(error)

    asking = threading.Thread(target=answer, name=__name__, daemon=True)
    with suppress(Exception):
        # What has to be imported first is not the server's time.
        redis_of(cache)
    if left > 0:
        started = time.monotonic()
        asking.start()
        asking.join(left)
        _left.set(left - (time.monotonic() - started))
    if answers:
        return answers[0]
    _left.set(0.0)
    if errors:
        raise errors[0]
    if left > 0:
        threading.Thread(target=_hang_up, args=[asking], name=__name__, daemon=True).start()
    raise TimeoutError("no answer within the time that was left for it")


def _hang_up(asking: threading.Thread) -> None:
    """End the thread ``asking``, which still waits for an answer: redis-py tries again some times, on a new connection.

    This may wait too, because another thread may hold the lock of the pool; so it has a thread of its own.
    """
    from django.core.cache import cache

    while asking.is_alive():
        with suppress(Exception):
            redis_of(cache).connection_pool.disconnect()
        asking.join(0.1)


def get(cache: Any, key: str) -> Any:
    """Return what ``cache`` holds under ``key``, one of ours, or ``None`` if that is nothing.

    What cannot be read is deleted, and a line of the log. Raises what a cache raises that does not answer.
    """
    try:
        return cache.get(key)
    except Exception as error:
        # Fails as well if the cache is away.
        cache.delete(key)
        logger.warning("NetBox's cache held under %s what cannot be read; deleted: %s", key, error_text(error))
        return None


def read(key: str) -> Any:
    """Return what NetBox's cache holds under ``key``, one of ours; ``None`` if nothing, and if it does not answer."""
    return ask(lambda cache: get(cache, key), None)
