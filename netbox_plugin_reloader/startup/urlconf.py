"""NetBox's URLconf, which loads all of its pages and those of its plugins."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import NoReverseMatch, URLResolver, get_resolver, reverse
from django.utils.translation import get_supported_language_variant, override

if TYPE_CHECKING:
    from ..blame import Blame

logger = logging.getLogger(__name__)


def load_urlconf(*, log_level: int = logging.WARNING) -> Blame | None:
    """Load all that the first request would wait for, and return what is to blame if that fails.

    A failure is logged at ``log_level``, and left to that request.

    Queries the database where NetBox's URLconf does (core/views.py up to 4.3.7).
    """
    registered = {id(entries): len(entries) for entries in _registered_views()}
    try:
        # The modules, the patterns and the tables of their names. Django keeps these for each language, and requests
        # may spell the language differently from the setting: en for en-us.
        with override(get_supported_language_variant(settings.LANGUAGE_CODE)):
            _fill_tables(get_resolver())
    except Exception as error:
        from ..blame import blame

        found = blame(error)
        logger.log(log_level, "NetBox's URLconf cannot be loaded now; the first request tries again: %s", found)
        # A module whose import failed is imported again later, and registers its views again then.
        for entries in _registered_views():
            start = registered.get(id(entries), 0)
            entries[start:] = [entry for entry in entries[start:] if _is_imported(entry["view"])]
        return found
    return None


def urlconf_is_loaded() -> bool:
    """Return whether NetBox's URLconf is completely loaded; it is not while another thread imports it."""
    return "url_patterns" in vars(get_resolver())


def _fill_tables(resolver: URLResolver, prefix: str = "") -> None:
    """Make Django fill the table of names of ``resolver``, and of each namespace in it that pages link to.

    The REST API's tables are left out: they take more than a megabyte, and many processes never answer it.
    """
    for namespace, (_, inner) in resolver.namespace_dict.items():
        if namespace.endswith("-api"):
            continue
        # There is no such name, but looking for it fills the table.
        with suppress(NoReverseMatch):
            reverse(f"{prefix}{namespace}:")
        _fill_tables(inner, f"{prefix}{namespace}:")


def _registered_views() -> Iterator[list[dict[str, Any]]]:
    from netbox.registry import registry

    for models in (registry.get("views") or {}).values():
        yield from models.values()


def _is_imported(view: Any) -> bool:
    return isinstance(view, str) or getattr(view, "__module__", None) in sys.modules
