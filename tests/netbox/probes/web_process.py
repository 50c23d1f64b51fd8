"""Print what building the middleware chain does: the second pass, the URLconf, the database connections it leaves.

With the argument ``failing`` the URLconf cannot be imported while the chain is built, and can afterwards; with ``cold``
it is not to be loaded then, and with ``no-database`` there is none.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pkgutil import iter_modules

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.urls import reverse
from netbox.registry import registry

from netbox_plugin_reloader import recycle
from netbox_plugin_reloader.startup import passes
from tests.netbox.starting import use_servers

OURS = "netbox_plugin_reloader"
# What takes memory and is needed for single requests only, or in other processes.
SPARE = {
    "packaging.specifiers",
    *(f"{OURS}.{name}" for name in ("api.schema", "api.serializers", "ui.advice", "ui.tables", "ui.text")),
    *(module.name for module in iter_modules(recycle.__path__, f"{recycle.__name__}.")),
}
runs = []
run_reload_pass = passes.run_reload_pass


def watched():
    runs.append(settings.ROOT_URLCONF in sys.modules)
    return run_reload_pass()


passes.run_reload_pass = watched
if "cold" in sys.argv:
    settings.PLUGINS_CONFIG[OURS] = {"warm_up": False}
if "no-database" in sys.argv:
    use_servers(9)
if "failing" in sys.argv:
    sys.modules["failing_views"].fail = True
WSGIHandler()
WSGIHandler()
found = {
    "passes": runs,
    "loaded": settings.ROOT_URLCONF in sys.modules,
    "connected": connection.connection is not None,
    "spare": sorted(SPARE & sys.modules.keys()),
    "middleware": settings.MIDDLEWARE.count("netbox_plugin_reloader.middleware.PluginReloaderMiddleware"),
}
if "failing" in sys.argv:
    sys.modules["failing_views"].fail = False
    import_module(settings.ROOT_URLCONF)
    found["once"] = [entry["name"] for entry in registry["views"]["failing_views"]["failing"]].count("once")
    found["url"] = reverse("plugins:failing_views:failing_once", kwargs={"pk": 1})
print(json.dumps(found))
