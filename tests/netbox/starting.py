"""Start NetBox and watch our ready() and the first pass meanwhile; what they did is asked of processes forked then."""

from __future__ import annotations

import sys
from contextlib import suppress
from unittest import mock
from urllib.parse import urlsplit

imported: list[str] = []
"""The modules of NetBox that our ready() and the first pass imported."""

connected: list[str] = []
"""The aliases of the databases that they connected to."""

order: list[str] = []
"""What ran, in this order: our ``ready``, that of the ``last`` plugin if it calls NetBox's own, and the ``pass``."""

_depth = 0


def netbox_modules():
    from tests.netbox.source import is_netbox

    return {name for name, module in list(sys.modules.items()) if is_netbox(module)}


def watched(name, function):
    """Return a function that does the same, and notes under ``name`` what it did."""

    def watch(*arguments):
        global _depth
        before = netbox_modules()
        order.append(name)
        _depth += 1
        try:
            return function(*arguments)
        finally:
            _depth -= 1
            imported.extend(sorted(netbox_modules() - before))

    return watch


def start():
    """Set up NetBox as every process of it is, and watch us if we are in PLUGINS."""
    import django
    from django.conf import settings
    from django.db.backends.base.base import BaseDatabaseWrapper

    if "netbox_plugin_reloader" not in settings.PLUGINS:
        django.setup()
        return

    from netbox.plugins import PluginConfig

    from netbox_plugin_reloader import PluginReloaderConfig

    netbox_ready = PluginConfig.ready

    def ready(self):
        netbox_ready(self)
        if type(self).__module__ == settings.PLUGINS[-1]:
            order.append("last")

    ensure_connection = BaseDatabaseWrapper.ensure_connection

    def connect(self):
        if _depth:
            connected.append(self.alias)
        return ensure_connection(self)

    with (
        mock.patch.object(BaseDatabaseWrapper, "ensure_connection", connect),
        mock.patch.object(PluginConfig, "ready", ready),
        mock.patch.object(PluginReloaderConfig, "ready", watched("ready", _ready(PluginReloaderConfig.ready))),
    ):
        django.setup()
    mock.patch.stopall()


def _ready(ready):
    def ready_and_watch_the_pass(self):
        # Imported here, so that what it imports is seen.
        from netbox_plugin_reloader.startup import passes

        mock.patch.object(passes, "run_reload_pass", watched("pass", passes.run_reload_pass)).start()
        ready(self)

    return ready_and_watch_the_pass


def use_servers(database=None, redis=None):
    """Have this NetBox, which has asked no server yet, ask those at these ports of 127.0.0.1."""
    from django.conf import settings
    from django.core.cache import caches
    from django.db import connection

    if database is not None:
        connection.settings_dict.update(HOST="127.0.0.1", PORT=database)
    if redis is not None:
        url = urlsplit(settings.CACHES["default"]["LOCATION"])
        user = url.netloc.rpartition("@")[0]
        settings.CACHES["default"]["LOCATION"] = url._replace(netloc=f"{user}@127.0.0.1:{redis}").geturl()
        with suppress(AttributeError):
            del caches["default"]
        for queue in settings.RQ_QUEUES.values():
            queue.update(HOST="127.0.0.1", PORT=redis)
