"""Which NetBox releases the plugins in PLUGINS say that they support, installed or skipped."""

from __future__ import annotations

import sys
from typing import NamedTuple

from django.conf import settings

from .compat import admits, running_version


class Support(NamedTuple):
    """What a plugin in PLUGINS says about a NetBox release; ``admitted`` is what :func:`~.compat.admits` returns."""

    name: str
    version: str
    limits: str
    admitted: bool | None


def support_of(netbox_version: str) -> list[Support]:
    """Return what each plugin in PLUGINS, also a skipped one, says about NetBox ``netbox_version``; no database.

    Raises :class:`ValueError` with the text if that is not a version. A plugin says nothing if its limits are invalid.
    """
    admits(netbox_version, "", "")
    found = []
    for name in dict.fromkeys(settings.PLUGINS):
        config = getattr(sys.modules.get(name), "config", None)
        oldest, newest = (str(getattr(config, limit, None) or "") for limit in ("min_version", "max_version"))
        try:
            admitted = admits(netbox_version, oldest, newest)
        except ValueError:
            admitted = None
        limits = " ".join([*[f"from {oldest}"] * bool(oldest), *[f"up to {newest}"] * bool(newest)])
        found.append(Support(name, str(getattr(config, "version", "")), limits, admitted))
    return found


def why_skipped(name: str) -> str:
    """Return why NetBox skipped the plugin ``name``, as far as the plugin says which releases it supports.

    NetBox logs the reason once, as a warning, when it starts (netbox/settings.py, 4.3 and later).
    """
    (support,) = [support for support in support_of(running_version()) if support.name == name]
    if not support.limits:
        return "NetBox's log says why"
    return f"version {support.version} supports NetBox {support.limits}"
