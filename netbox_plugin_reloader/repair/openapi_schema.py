"""NetBox's cached OpenAPI schema, which does not know that plugins come, go and change.

NetBox keeps the answer of ``/api/schema/`` for a day, under a prefix that names its own version only
(netbox/urls.py, all releases).
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..processes.cache import ask, get

if TYPE_CHECKING:
    from django.apps import AppConfig

logger = logging.getLogger(__name__)

CACHE_KEY = "netbox_plugin_reloader.openapi"
"""The cache's key for the fingerprint of the plugins that the cached schema was made for, as far as we know."""


def fingerprint(plugins: Iterable[AppConfig]) -> str:
    """Return a text that changes when a plugin, or a plugin's version, does."""
    versions = sorted([app_config.name, str(getattr(app_config, "version", ""))] for app_config in plugins)
    return hashlib.sha256(json.dumps(versions).encode()).hexdigest()


def drop_outdated_schema(netbox_version: str, plugins: Iterable[AppConfig]) -> bool:
    """Drop the cached schema if it may have been made for other plugins, and return whether it was dropped.

    Asks NetBox's cache; no database. If the cache does not answer, nothing is dropped.
    """
    current = fingerprint(plugins)

    def drop(cache: Any) -> bool:
        if get(cache, CACHE_KEY) == current:
            return False
        # Django's cache_page() puts the view's prefix into its keys; NetBox's cache is django-redis.
        cache.delete_pattern(f"views.decorators.cache.cache_*.api_schema_{netbox_version}.*")
        cache.set(CACHE_KEY, current, timeout=None)
        return True

    dropped = ask(drop, False)
    if dropped:
        logger.info("NetBox's cached OpenAPI schema may have been made for other plugins, and was dropped")
    return dropped
