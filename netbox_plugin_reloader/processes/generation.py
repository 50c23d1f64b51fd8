"""The generation: a number in NetBox's cache that tells every process that something changed and a pass is due.

It is the time when it was raised, in microseconds since 1970, or a little more, so that it always rises.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from datetime import datetime, timezone
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from .cache import ask, own, read, redis_of
from .told_models import tell

KEY = "generation"

RAISE = """
local old = tonumber(redis.call("GET", KEYS[1]) or "")
if not old or old >= 2 ^ 53 then old = 0 end
local new = string.format("%.0f", math.max(old + 1, tonumber(ARGV[1])))
redis.call("SET", KEYS[1], new)
return new
"""
"""Set the key to the argument, or to its old value plus one if that is more; return it. Lua counts up to 2 ^ 53."""


def current_generation() -> int | None:
    """Return the generation, or ``None`` if there is none yet or the cache does not answer; no database."""
    generation = read(own(KEY))
    return generation if isinstance(generation, int) else None


def raised_at(generation: int | None) -> datetime | None:
    """Return when ``generation`` was raised, or ``None`` if there is none or it is not a time."""
    try:
        return None if generation is None else datetime.fromtimestamp(generation / 1_000_000, tz=timezone.utc)
    except (OverflowError, OSError, ValueError):
        return None


def raise_generation() -> int | None:
    """Raise the generation, and return it, or ``None`` if the cache does not answer; no database.

    The number is new to every process, even if the cache lost the old one meanwhile.
    """

    def raised(cache: Any) -> int:
        # django-redis stores a whole number as its digits.
        return int(redis_of(cache).eval(RAISE, 1, cache.make_key(own(KEY)), time.time_ns() // 1000))

    return ask(raised, None)


def raise_generation_after_commit(app_labels: Collection[str] = ()) -> None:
    """Raise the generation when the current transaction is committed and others see its rows; at once if there is none.

    ``app_labels`` are the apps whose plugins tell of models. No connection is opened.
    """

    def tell_and_raise() -> None:
        tell(app_labels)
        raise_generation()

    if connections[DEFAULT_DB_ALIAS].in_atomic_block:
        transaction.on_commit(tell_and_raise, using=DEFAULT_DB_ALIAS)
    else:
        tell_and_raise()
