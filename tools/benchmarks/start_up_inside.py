"""A script for NetBox's Python: the processor time of a reloader's whole start, ours or another one of the same name.

Prints the seconds of importing its package and of NetBox's call of ``validate()``, those of its ``ready()`` with
whatever it runs after the ``ready()`` of the last plugin, and whether it is what loads NetBox's forms.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
import timeit
from collections.abc import Callable
from typing import Any

RELOADER = "netbox_plugin_reloader"
FORMS = "extras.forms.model_forms"
spent = {"import": 0.0, "ready": 0.0}


def seconds_of(call: Callable[[], object]) -> float:
    """Return the seconds of processor time of a call; garbage collection waits for its end (`timeit` turns it off)."""
    return timeit.timeit(call, timer=time.process_time, number=1)


original_import = importlib.import_module


def import_module(name: str, package: str | None = None) -> Any:
    """Import as Python does, and measure the reloader's package and its ``validate()``, which NetBox calls next."""
    if name != RELOADER or name in sys.modules:
        return original_import(name, package)
    spent["import"] += seconds_of(lambda: original_import(name))
    module = sys.modules[name]
    validate = module.config.validate
    module.config.validate = lambda *arguments: spent.update(
        {"import": spent["import"] + seconds_of(lambda: validate(*arguments))}
    )
    return module


importlib.import_module = import_module

import django  # noqa: E402
from django.conf import settings  # noqa: E402

settings.PLUGINS  # noqa: B018  NetBox loads the plugins' packages while it evaluates its settings

from django.apps import apps  # noqa: E402
from netbox.plugins import PluginConfig  # noqa: E402

config = sys.modules[RELOADER].config
ready = config.ready
loads_forms = False


def measured_ready(self: Any) -> None:
    """Measure ``ready()``, and what it leaves to follow the ``ready()`` of the last plugin."""
    global loads_forms
    known = FORMS in sys.modules
    spent["ready"] += seconds_of(lambda: ready(self))
    loads_forms = FORMS in sys.modules and not known
    last = [each for each in apps.get_app_configs() if isinstance(each, PluginConfig)][-1]
    if follows := vars(last).get("ready"):
        plugin = type(last)
        own: list[float] = []
        plugin_ready = plugin.ready
        plugin.ready = lambda self: own.append(seconds_of(lambda: plugin_ready(self)))

        def measured_follower() -> None:
            spent["ready"] += seconds_of(follows) - sum(own)

        last.ready = measured_follower


config.ready = measured_ready
django.setup()
print(json.dumps({**spent, "loads_forms": loads_forms, "file": sys.modules[RELOADER].__file__}))
