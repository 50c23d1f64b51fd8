"""NetBox's cache, which may not answer: asking it here never raises an exception."""

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
"""How much time is left for questions, in seconds; ``None`` where there is no limit."""


@remember
def _instance() -> str:
    from django.conf import settings
    from django.db import DEFAULT_DB_ALIAS
    from django.utils.crypto import salted_hmac

    name = str(settings.DATABASES[DEFAULT_DB_ALIAS]["NAME"])
    return salted_hmac(__name__, name, algorithm="sha256").hexdigest()[:12]


def own(name: str) -> str:
    """Return the cache's key for ``name``, which only this NetBox uses; no database.

    Several NetBoxes may share a Redis database. All hosts of one NetBox have the same SECRET_KEY and the same
    PostgreSQL database, but may reach that at different addresses.
    """
    return f"netbox_plugin_reloader.{_instance()}.{name}"


def redis_of(cache: Any) -> Any:
    """Return the client of redis-py behind ``cache``, which is django-redis (netbox/settings.py, all releases)."""
    return cache.client.get_client(write=True)


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Limit all questions of the body to the cache to ``seconds`` together; after one fails, no other is asked.

    A server may take connections and never answer. NetBox sets no time limit for its cache, and some releases of
    redis-py have none of their own (NetBox 4.6 pins such a release).
    """
    token = _left.set(seconds)
    try:
        yield
    finally:
        _left.reset(token)


def close_idle_connections() -> None:
    """Close this process's idle connections to the cache; the next question opens another one."""
    from django.core.cache import cache

    with suppress(Exception):
        redis_of(cache).connection_pool.disconnect(inuse_connections=False)


def is_away() -> bool:
    """Return whether the last question of this process got no answer."""
    return _away


def limit_at_exit(seconds: float) -> None:
    """Make each attempt to ask the cache end within ``seconds`` from now on, in a process that ends.

    Such a process cannot start a thread, so :func:`limited` has no effect. Nothing else uses its connections any more.
    """
    from django.core.cache import cache

    with suppress(Exception):
        pool = redis_of(cache).connection_pool
        pool.connection_kwargs.update(socket_timeout=seconds, socket_connect_timeout=seconds)
        pool.disconnect()


def ask(question: Callable[[Any], Answer], otherwise: Answer) -> Answer:
    """Return the answer of ``question``, which is called with Django's default cache, or ``otherwise`` if it fails.

    The first failure after a success is logged. No database.
    """
    global _away
    try:
        answer = _answer(question)
    except Exception as error:
        if not _away:
            logger.warning("NetBox's cache does not answer; going on without it: %s", error_text(error))
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
        # Imports do not count as the server's time.
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
    """End the thread ``asking``, which still waits for an answer: redis-py tries a few more times on new connections.

    This runs in a thread of its own, because it may have to wait for the lock of the pool.
    """
    from django.core.cache import cache

    while asking.is_alive():
        with suppress(Exception):
            redis_of(cache).connection_pool.disconnect()
        asking.join(0.1)


def get(cache: Any, key: str) -> Any:
    """Return what ``cache`` holds under ``key``, one of ours, or ``None`` if it holds nothing.

    A value that cannot be read is deleted, and that is logged. Raises what the cache raises if it does not answer.
    """
    try:
        return cache.get(key)
    except Exception as error:
        # This fails too if the cache does not answer.
        cache.delete(key)
        logger.warning("NetBox's cache held an unreadable value under %s; deleted: %s", key, error_text(error))
        return None


def read(key: str) -> Any:
    """Return what NetBox's cache holds under ``key``, one of ours; ``None`` if nothing, and if it does not answer."""
    return ask(lambda cache: get(cache, key), None)
