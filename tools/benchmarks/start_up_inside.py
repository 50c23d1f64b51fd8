"""A script for NetBox's Python: what the pass at start-up takes, with a plugin of so many models.

The arguments are that number and either ``forms`` or ``growth``. Prints the seconds of processor time of
``django.setup()``, of the pass in it, and of importing NetBox's forms, which nothing has loaded then, as an earlier
reloader did in its place; or in place of the last how many times as much a model costs among all as among a tenth.
A collection of garbage that falls due in the pass or the import waits for its end, as in Python's own ``timeit``: it is
of what NetBox left, and takes many times as long as the pass.
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

PLUGIN = "many_models"
TENTHS, TURNS = 10, 7
CONFIG = """
from netbox.plugins import PluginConfig


class ManyModelsConfig(PluginConfig):
    name = "many_models"
    verbose_name = "Many models"
    version = "1.0"
    base_url = "many-models"


config = ManyModelsConfig
"""
MODELS = """
from django.db import models
from netbox.models import NetBoxModel

for number in range({count}):
    name = f"Model{{number}}"
    attributes = {{"__module__": __name__, "name": models.CharField(max_length=50)}}
    globals()[name] = type(name, (NetBoxModel,), attributes)
"""


def seconds_of(call: Callable[[], object]) -> float:
    """Return the seconds of processor time of a call."""
    gc.disable()
    try:
        started = time.process_time()
        call()
        return time.process_time() - started
    finally:
        gc.enable()


count, wanted = int(sys.argv[1]), sys.argv[2]
with tempfile.TemporaryDirectory() as folder:
    package = Path(folder) / PLUGIN
    package.mkdir()
    (package / "__init__.py").write_text(CONFIG)
    (package / "models.py").write_text(MODELS.format(count=count))
    sys.path.insert(0, folder)
    os.environ["NETBOX_LAB_PLUGINS"] = json.dumps([PLUGIN, "netbox_plugin_reloader"])

    import django
    from django.conf import settings

    settings.PLUGINS  # noqa: B018  NetBox loads the plugins' packages while it evaluates its settings

    from netbox_plugin_reloader.startup import occasions as startup

    run = startup._run
    passes: list[float] = []

    def measured(occasion: str) -> None:
        passes.append(seconds_of(lambda: run(occasion)))

    startup._run = measured
    started = time.process_time()
    django.setup()
    setup = time.process_time() - started

from django.apps import apps  # noqa: E402
from netbox.registry import registry  # noqa: E402

from netbox_plugin_reloader.compat import running_version, select  # noqa: E402
from netbox_plugin_reloader.repair.reload_pass import latest_report, reload_plugins  # noqa: E402

report = latest_report()
assert report is not None
assert sum(plugin.models for plugin in report.plugins) == count, report
assert not report.repairs + report.failures, report


def import_forms() -> float:
    """Return the seconds of importing NetBox's form modules."""
    modules = sorted({row.module for row in select(running_version()).querysets if ".forms." in row.module})
    assert sys.modules.keys().isdisjoint(modules), modules
    return seconds_of(lambda: [import_module(module) for module in modules])


def growth() -> float:
    """Return how many times as much a model costs in a pass over all of the plugin's as in passes over a tenth each.

    Both look at the same models, in turns and in one process: two processes differ by more than is measured.
    """
    app_config = apps.get_app_config(PLUGIN)
    models, views = list(app_config.models.items()), dict(registry["views"][PLUGIN])

    def pass_over(start: int, stop: int) -> float:
        app_config.models = dict(models[start:stop])
        registry["views"][PLUGIN] = {name: views[name] for name in app_config.models if name in views}
        seconds = seconds_of(reload_plugins)
        report = latest_report()
        assert report is not None
        assert sum(plugin.models for plugin in report.plugins) == stop - start, report
        assert not report.repairs + report.failures, report
        return seconds

    step = count // TENTHS
    alone, tenths, together = [], [], []
    for _ in range(TURNS):
        alone.append(pass_over(0, 0))
        tenths.append(sum(pass_over(start, start + step) for start in range(0, count, step)))
        together.append(pass_over(0, count))
    none = statistics.median(alone)
    return (statistics.median(together) - none) / (statistics.median(tenths) - TENTHS * none)


extra = {"forms": import_forms, "growth": growth}[wanted]
print(json.dumps({"setup": setup, "pass": passes[0], wanted: extra()}))
