"""Our entry in ``PLUGINS_CONFIG``: what may stand there, what it means, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PLUGIN_NAME = "netbox_plugin_reloader"

DEFAULTS: dict[str, Any] = {
    # Load the URLconf before a web process accepts its first request.
    "warm_up": True,
    # Write object types' rows that are missing or wrong (NetBox 4.4 and later); if off, they are only reported.
    "repair_object_types": True,
    # Make the models of apps that a plugin brings along (django_apps) public, as its own models are.
    "companion_apps_public": False,
    # Allow superusers, and the command, to replace the worker processes of the application server.
    "recycle_workers": False,
}


def _entry() -> Any:
    from django.conf import settings

    return settings.PLUGINS_CONFIG.get(PLUGIN_NAME, {})


def setting(name: str) -> Any:
    """Return the configured value of ``name``, or its default where it is not set or of a wrong type."""
    entry = _entry()
    value = entry.get(name, DEFAULTS[name]) if isinstance(entry, Mapping) else DEFAULTS[name]
    return value if type(value) is type(DEFAULTS[name]) else DEFAULTS[name]


def problems() -> list[str]:
    """Return one sentence for each unknown key and each value of a wrong type in our entry, without the value."""
    entry = _entry()
    if not isinstance(entry, Mapping):
        found = type(entry).__name__
        return [f"PLUGINS_CONFIG[{PLUGIN_NAME!r}] is a {found} but must be a dictionary; the defaults are used."]
    sentences = []
    for name, value in entry.items():
        if name not in DEFAULTS:
            sentences.append(
                f"PLUGINS_CONFIG[{PLUGIN_NAME!r}] has the unknown key {name!r}; it may have: {', '.join(DEFAULTS)}."
            )
        elif type(value) is not type(DEFAULTS[name]):
            sentences.append(
                f"PLUGINS_CONFIG[{PLUGIN_NAME!r}][{name!r}] is of type {type(value).__name__} but must be of type "
                f"{type(DEFAULTS[name]).__name__}; the default {DEFAULTS[name]!r} is used instead."
            )
    return sentences
