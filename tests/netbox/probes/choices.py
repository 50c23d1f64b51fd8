"""Print, for every declared queryset of a form, the models that a fresh query offers and the form does not."""

from __future__ import annotations

import json
from importlib import import_module

from core.models import ObjectType
from django.apps import apps

from netbox_plugin_reloader.compat import running_version, select
from netbox_plugin_reloader.repair.reload_pass import latest_report


def labels(queryset):
    return {f"{object_type.app_label}.{object_type.model}" for object_type in queryset}


missing, extra = {}, {}
for row in select(running_version()).querysets:
    fields = getattr(getattr(import_module(row.module), row.class_name), "base_fields", None)
    if fields is None:
        continue
    fresh = ObjectType.objects.public() if row.feature is None else ObjectType.objects.with_feature(row.feature)
    offered = labels(fields[row.name].queryset)
    missing[row.path] = sorted(labels(fresh) - offered)
    extra[row.path] = sorted(offered - labels(fresh))

report = latest_report()
print(
    json.dumps(
        {
            "missing": missing,
            "extra": extra,
            "installed": [app_config.name for app_config in apps.get_app_configs()],
            "report": report and report.as_dict(),
        }
    )
)
