"""Print the view names of every model of every plugin but ours, per app label."""

from __future__ import annotations

import json

from netbox.registry import registry

from netbox_plugin_reloader.plugins import plugin_configs
from netbox_plugin_reloader.repair.reload_pass import latest_report

report = latest_report()
print(
    json.dumps(
        {
            "views": {
                app_config.label: sorted(
                    entry["name"] for entries in registry["views"][app_config.label].values() for entry in entries
                )
                for app_config in plugin_configs()
                if app_config.name != "netbox_plugin_reloader"
            },
            "report": report and report.as_dict(),
        }
    )
)
