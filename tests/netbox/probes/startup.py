"""Print what our ready() and the first pass did at start-up: modules of NetBox imported, database connections opened.

And the names of the views that are registered of each plugin's models then, by its app label.

With ``replaced`` NetBox is started here, and somebody else replaces the last plugin's ready() before us; with
``ready-again`` that ready() is called once more.
"""

from __future__ import annotations

import json
import sys

from django.apps import AppConfig, apps

from tests.netbox import starting

if "replaced" in sys.argv:
    create = AppConfig.create

    def create_replaced(entry):
        app_config = create(entry)
        if app_config.name == "plain_models":
            app_config.ready = lambda: starting.order.append("replacement")
        return app_config

    AppConfig.create = create_replaced
    starting.start()

from netbox.plugins import PluginConfig
from netbox.registry import registry

ours = sorted(name for name in sys.modules if name.startswith("netbox_plugin_reloader"))

from netbox_plugin_reloader.repair.reload_pass import latest_report  # noqa: E402
from netbox_plugin_reloader.startup import passes  # noqa: E402

report = latest_report()
plugins = [app_config for app_config in apps.get_app_configs() if isinstance(app_config, PluginConfig)]
if "ready-again" in sys.argv:
    passes.run_reload_pass = starting.watched("pass", passes.run_reload_pass)
    plugins[-1].ready()
print(
    json.dumps(
        {
            "ours": ours,
            "imported": starting.imported,
            "modules of NetBox": len(starting.netbox_modules()),
            "connected": starting.connected,
            "order": starting.order,
            "wrapped": [app_config.name for app_config in plugins if "ready" in vars(app_config)],
            "views": {
                app_config.label: sorted(
                    entry["name"] for entries in registry["views"][app_config.label].values() for entry in entries
                )
                for app_config in plugins
            },
            "report": report and report.as_dict(),
        }
    )
)
