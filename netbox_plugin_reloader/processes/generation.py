"""The generation: a number in NetBox's cache that tells every process that something changed and a pass is due."""

from __future__ import annotations

import time
from collections.abc import Collection
from contextlib import suppress
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from .cache import ask, get, own, read
from .told_models import tell

KEY = "generation"


def current_generation() -> int | None:
    """Return the generation, or ``None`` if there is none yet or the cache does not answer; no database."""
    generation = read(own(KEY))
    return generation if isinstance(generation, int) else None


def raise_generation() -> int | None:
    """Raise the generation, and return it, or ``None`` if the cache does not answer; no database.

    A cache that lost it begins with the time of day, so that no process meets again a number that it knows.
    """

    def raised(cache: Any) -> int:
        key, now = own(KEY), time.time_ns() // 1000
        cache.add(key, now, timeout=None)
        # django-redis counts on from what is no whole number, too.
        if isinstance(get(cache, key), int):
            # Gone since, it raises.
            with suppress(ValueError):
                return int(cache.incr(key))
        cache.set(key, now, timeout=None)
        return now

    return ask(raised, None)


def raise_generation_after_commit(app_labels: Collection[str] = ()) -> None:
    """Raise the generation as soon as other processes can see what this transaction writes, if there is one.

    ``app_labels`` are the apps whose plugins tell of models. No connection is opened.
    """

    def tell_and_raise() -> None:
        tell(app_labels)
        raise_generation()

    if connections[DEFAULT_DB_ALIAS].in_atomic_block:
        transaction.on_commit(tell_and_raise, using=DEFAULT_DB_ALIAS)
    else:
        tell_and_raise()
