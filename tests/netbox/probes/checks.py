"""Print Django's system checks of ours, and the last report; with ``--web`` those of a web process.

What follows ``--warm-up`` is our setting of that name.
"""

from __future__ import annotations

import json
import sys

import django
from django.conf import settings

if "--version" in sys.argv:
    # NetBox itself reads the version before us and must find a real one.
    settings.PLUGINS  # noqa: B018
    settings.RELEASE.version = sys.argv[sys.argv.index("--version") + 1]

django.setup()

from netbox_plugin_reloader.repair.reload_pass import latest_report  # noqa: E402

first_report = latest_report() and latest_report().as_dict()
if "--again" in sys.argv:
    sys.modules["netbox_plugin_reloader"].reload_plugins()
without_store = {}
for store in sys.argv[sys.argv.index("--without-stores") + 1 :] if "--without-stores" in sys.argv else ():
    from netbox.registry import registry

    value = dict.pop(registry, store)
    without_store[store] = sys.modules["netbox_plugin_reloader"].reload_plugins().as_dict()
    dict.__setitem__(registry, store, value)

from django.core import checks  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402

if "--warm-up" in sys.argv:
    settings.PLUGINS_CONFIG["netbox_plugin_reloader"]["warm_up"] = sys.argv[sys.argv.index("--warm-up") + 1]
if "--web" in sys.argv:
    WSGIHandler()
urlconf = settings.ROOT_URLCONF in sys.modules
report = latest_report()
found = checks.run_checks(tags=["netbox_plugin_reloader"])


def is_info(message):
    return message.level == checks.INFO


def message_id(message):
    return message.id.rpartition(".")[2]


def ours(key):
    return str(key).startswith("netbox_plugin_reloader.")


def installed():
    """Return what of ours NetBox calls later: the receivers of signals, the checks, and what watches imports."""
    from core.signals import job_start
    from django.core.checks.registry import registry
    from django.core.signals import request_started
    from django.db.models.signals import post_migrate, pre_migrate

    receivers = [
        receiver[0][0]
        for signal in (job_start, request_started, post_migrate, pre_migrate)
        for receiver in signal.receivers
    ]
    functions = [f"{check.__module__}.{check.__name__}" for check in registry.get_checks()]
    finders = [type(finder).__module__ for finder in sys.meta_path]
    return sorted(filter(ours, [*receivers, *functions, *finders]))


print(
    json.dumps(
        {
            "called_later": installed(),
            "checks": [[message_id(message), message.msg, message.hint] for message in found if not is_info(message)],
            "infos": [[message_id(message), message.msg, message.hint] for message in found if is_info(message)],
            "levels": sorted({message.level for message in found if not is_info(message)}),
            "report": report and report.as_dict(),
            "installed": [app_config.name for app_config in django.apps.apps.get_app_configs()],
            "urlconf": urlconf,
            "first_report": first_report,
            "without_store": without_store,
        }
    )
)
