"""What an administrator changes while NetBox runs: the plugins in site-packages, and PLUGINS.

The plugins are written from templates. A sound one answers at ``/plugins/<name>/`` without a login, with its version
and the process that answers, as JSON; the others are broken in one way each.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from tests.lab.lab import RELOADER, NetBox

STEADY = "steady_plugin"
"""The plugin that is there all the time, by which the workers tell which of them answers."""

FRESH = "fresh_plugin"
SHARED_MODELS = "shared_models"
"""The plugin of tests/plugins whose models one process makes, and all others have to know."""

CONFIG = """
from netbox.plugins import PluginConfig


class Config(PluginConfig):
    name = "{name}"
    verbose_name = "{name}"
    version = "{version}"
    base_url = "{address}"


config = Config
"""
PAGE = """
import os

from django.http import JsonResponse
from django.urls import path


def answer(request):
    return JsonResponse({{"version": "{version}", "pid": os.getpid()}})


urlpatterns = [path("", answer, name="answer")]
"""
MIGRATION = """
from django.db import migrations


class Migration(migrations.Migration):
    initial = True
"""
SOUND = {"__init__.py": CONFIG, "urls.py": PAGE}
BROKEN = {
    "syntax_error": {"__init__.py": "def config(:\n"},
    "raises_on_import": {"__init__.py": 'raise RuntimeError("raised by {name}")\n'},
    "pending_migration": {
        **SOUND,
        "migrations/__init__.py": "",
        "migrations/0001_initial.py": MIGRATION,
    },
}
"""The plugins with which no worker must be started, by name."""


def address(name: str) -> str:
    """Return the path of a sound plugin's page."""
    return f"/plugins/{name.replace('_', '-')}/"


class Installation:
    """The site-packages and the PLUGINS of one server, in a folder; changing them changes no process that runs."""

    def __init__(self, folder: Path) -> None:
        self.packages = folder / "site-packages"
        self._plugins = folder / "plugins.json"
        self.packages.mkdir()
        self.install(STEADY, "1.0")
        self.enable()

    def of(self, netbox: NetBox) -> NetBox:
        """Return ``netbox`` with this installation, for the server and for commands alike."""
        return netbox.with_environ(
            NETBOX_RECYCLING_PLUGINS=str(self._plugins),
            PYTHONPATH=os.pathsep.join([netbox.environ["PYTHONPATH"], str(self.packages)]),
        )

    def install(self, name: str, version: str, files: Mapping[str, str] = SOUND) -> None:
        """Write a plugin's files, over those of the version before."""
        for file, template in files.items():
            path = self.packages / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            replace(path, template.format(name=name, version=version, address=name.replace("_", "-")))

    def enable(self, *names: str, with_us: bool = True) -> None:
        """Put the plugins into PLUGINS, beside the steady one and ours, and all others out of it."""
        replace(self._plugins, json.dumps([STEADY, *names, *([RELOADER] if with_us else [])]))


def replace(path: Path, text: str) -> None:
    """Write a file that a process which starts at this moment reads either whole as it was or whole as it is."""
    new = path.with_name(f"{path.name}.new")
    new.write_text(text)
    new.replace(path)
