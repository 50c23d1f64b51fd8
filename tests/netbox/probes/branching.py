"""Print which models of plugins netbox-branching keeps out of branches, and what our report says of them."""

from __future__ import annotations

import json
import types

from django.apps import apps
from django.db import router
from netbox.models.features import ChangeLoggingMixin
from netbox.plugins import PluginConfig
from netbox_branching.contextvars import active_branch

from netbox_plugin_reloader.repair.reload_pass import latest_report

models = [
    model
    for app_config in apps.get_app_configs()
    if isinstance(app_config, PluginConfig) and app_config.name != "netbox_branching"
    for model in app_config.get_models()
    if issubclass(model, ChangeLoggingMixin)
]
token = active_branch.set(types.SimpleNamespace(schema_name="a_branch"))
written_to = {model._meta.label_lower: router.db_for_write(model) for model in models}
active_branch.reset(token)
report = latest_report()
print(
    json.dumps(
        {
            "branched": sorted(label for label, alias in written_to.items() if alias == "schema_a_branch"),
            "not_branched": sorted(label for label, alias in written_to.items() if alias != "schema_a_branch"),
            "report": report and report.as_dict(),
        }
    )
)
