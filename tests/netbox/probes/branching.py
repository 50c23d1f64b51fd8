"""Print which models of plugins netbox-branching keeps out of branches, and what our report says of them."""

from __future__ import annotations

import json
import types

import django

django.setup()

from django.apps import apps  # noqa: E402
from django.db import router  # noqa: E402
from netbox.models.features import ChangeLoggingMixin  # noqa: E402
from netbox.plugins import PluginConfig  # noqa: E402
from netbox_branching.contextvars import active_branch  # noqa: E402

from netbox_plugin_reloader.repair.reload_pass import latest_report  # noqa: E402

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
