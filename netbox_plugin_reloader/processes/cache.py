"""NetBox's cache, which may be away: nobody who asks it here ever sees an exception."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ..masking import described, masking_logger

logger = masking_logger(__name__)

Answer = TypeVar("Answer")

_away = False


def ask(question: Callable[[Any], Answer], otherwise: Answer) -> Answer:
    """Return the answer of ``question``, which is called with Django's default cache, or ``otherwise`` if it fails.

    The first failure after a success is a line of the log. NetBox's cache is django-redis (netbox/settings.py, all
    releases). No database.
    """
    global _away
    from django.core.cache import cache

    try:
        answer = question(cache)
    except Exception as error:
        if not _away:
            logger.warning("NetBox's cache does not answer, and is not waited for: %s", described(error))
        _away = True
        return otherwise
    _away = False
    return answer


def get(cache: Any, key: str) -> Any:
    """Return what ``cache`` holds under ``key``, one of ours, or ``None`` if that is nothing.

    What cannot be read is deleted, and a line of the log. Raises what a cache raises that does not answer.
    """
    try:
        return cache.get(key)
    except Exception as error:
        # Fails as well if the cache is away.
        cache.delete(key)
        logger.warning("NetBox's cache held under %s what cannot be read; deleted: %s", key, described(error))
        return None


def read(key: str) -> Any:
    """Return what NetBox's cache holds under ``key``, one of ours; ``None`` if nothing, and if it does not answer."""
    return ask(lambda cache: get(cache, key), None)
