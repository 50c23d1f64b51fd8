"""Print what our ready() and the first pass do at start-up: modules of NetBox imported, database connections opened.

With ``plain`` nothing is watched but which modules of ours a process of NetBox has when it has started.
"""

from __future__ import annotations

import json
import sys

import django
from django.apps import AppConfig
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

if "plain" in sys.argv:
    django.setup()
    print(json.dumps({"ours": sorted(name for name in sys.modules if name.startswith("netbox_plugin_reloader"))}))
    sys.exit()

settings.PLUGINS  # noqa: B018  NetBox loads the plugins' packages while it evaluates its settings

from netbox_plugin_reloader import PluginReloaderConfig  # noqa: E402
from netbox_plugin_reloader.startup import passes  # noqa: E402
from tests.netbox.source import is_netbox  # noqa: E402

imported, connected, order = [], [], []
depth = 0


def netbox_modules():
    return {name for name, module in list(sys.modules.items()) if is_netbox(module)}


def watched(name, function):
    def watch(*arguments):
        global depth
        before = netbox_modules()
        order.append(name)
        depth += 1
        try:
            return function(*arguments)
        finally:
            depth -= 1
            imported.extend(sorted(netbox_modules() - before))

    return watch


def connect(self):
    if depth:
        connected.append(self.alias)
    return ensure_connection(self)


ensure_connection = BaseDatabaseWrapper.ensure_connection
BaseDatabaseWrapper.ensure_connection = connect
PluginReloaderConfig.ready = watched("ready", PluginReloaderConfig.ready)
passes.run_reload_pass = watched("pass", passes.run_reload_pass)

if "replaced" in sys.argv:
    # Somebody else replaces the last plugin's ready() on the instance, before us.
    create = AppConfig.create

    def create_replaced(entry):
        app_config = create(entry)
        if app_config.name == "plain_models":
            app_config.ready = lambda: order.append("replacement")
        return app_config

    AppConfig.create = create_replaced

django.setup()

from django.apps import apps  # noqa: E402
from netbox.plugins import PluginConfig  # noqa: E402

from netbox_plugin_reloader.repair.reload_pass import latest_report  # noqa: E402

report = latest_report()
if "ready-again" in sys.argv:
    apps.get_app_config("late_models").ready()
plugins = [app_config for app_config in apps.get_app_configs() if isinstance(app_config, PluginConfig)]
print(
    json.dumps(
        {
            "imported": imported,
            "modules of NetBox": len(netbox_modules()),
            "connected": connected,
            "order": order,
            "wrapped": [app_config.name for app_config in plugins if "ready" in vars(app_config)],
            "ready_order": [app_config.name for app_config in plugins],
            "report": report and report.as_dict(),
        }
    )
)
