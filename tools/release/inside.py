"""Run inside NetBox: print as JSON whether it loaded our package, which one, and what the package says of NetBox.

The arguments are NetBox releases; for each, what the package's bounds say of it is printed too.
"""

from __future__ import annotations

import importlib.metadata
import io
import json
import sys

from django.apps import apps
from django.conf import settings
from django.core.management import call_command

import netbox_plugin_reloader
from netbox_plugin_reloader import PluginReloaderConfig

loaded = apps.is_installed("netbox_plugin_reloader")
report = None
if loaded:
    call_command("check")
    output = io.StringIO()
    call_command("plugin_reloader", "status", "--json", stdout=output)
    report = json.loads(output.getvalue())


def refusal(release: str) -> list[str] | None:
    """Return the exception, and what it says, with which our bounds refuse the NetBox ``release``."""
    try:
        PluginReloaderConfig.validate({}, release)
    except Exception as exception:
        return [type(exception).__name__, str(exception)]
    return None


print(
    json.dumps(
        {
            "netbox": settings.RELEASE.version,
            "loaded": loaded,
            "file": netbox_plugin_reloader.__file__,
            "versions": [PluginReloaderConfig.version, importlib.metadata.version("netbox-plugin-reloader")],
            "strategy": report and report["strategy"],
            "refused": {release: refusal(release) for release in sys.argv[1:]},
        }
    )
)
