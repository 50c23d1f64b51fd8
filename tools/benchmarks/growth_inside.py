"""A script for NetBox's Python: what passes over so many models of one plugin take, in seconds of processor time.

The arguments are the numbers of models, the largest last. All are measured alternately in one process, because
two processes differ by more than is measured. Garbage collection waits until a pass has ended (`timeit` turns it off):
it collects what NetBox left, and takes many times as long as the pass.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
import timeit
from pathlib import Path

PLUGIN = "many_models"
TENTHS, TURNS = 10, 7
CONFIG = "from plain_config import plain_config\n\nconfig = plain_config(__name__)\n"
MODELS = """
from django.db import models
from netbox.models import NetBoxModel

for number in range({count}):
    name = f"Model{{number}}"
    attributes = {{"__module__": __name__, "name": models.CharField(max_length=50)}}
    globals()[name] = type(name, (NetBoxModel,), attributes)
"""
counts = [int(argument) for argument in sys.argv[1:]]
largest = counts[-1]
with tempfile.TemporaryDirectory() as folder:
    package = Path(folder) / PLUGIN
    package.mkdir()
    (package / "__init__.py").write_text(CONFIG)
    (package / "models.py").write_text(MODELS.format(count=largest))
    sys.path.insert(0, folder)
    os.environ["NETBOX_LAB_PLUGINS"] = json.dumps([PLUGIN, "netbox_plugin_reloader"])
    import django

    django.setup()

from django.apps import apps  # noqa: E402
from netbox.registry import registry  # noqa: E402

from netbox_plugin_reloader.repair.reload_pass import latest_report, run_reload_pass  # noqa: E402

app_config = apps.get_app_config(PLUGIN)
models, views = list(app_config.models.items()), dict(registry["views"][PLUGIN])


def seconds_of_pass(start: int, stop: int) -> float:
    """Return what a pass takes when the plugin has only these models."""
    app_config.models = dict(models[start:stop])
    registry["views"][PLUGIN] = {name: views[name] for name in app_config.models if name in views}
    seconds = timeit.timeit(run_reload_pass, timer=time.process_time, number=1)
    report = latest_report()
    assert report is not None
    assert sum(plugin.models for plugin in report.plugins) == stop - start, report
    assert not report.repairs + report.failures, report
    return seconds


taken: dict[int, list[float]] = {count: [] for count in (0, *counts)}
tenths, step = [], largest // TENTHS
for _ in range(TURNS):
    for count, seconds in taken.items():
        seconds.append(seconds_of_pass(0, count))
    tenths.append(sum(seconds_of_pass(start, start + step) for start in range(0, largest, step)))
none = statistics.median(taken[0])
growth = (statistics.median(taken[largest]) - none) / (statistics.median(tenths) - TENTHS * none)
print(json.dumps({"pass": taken, "growth": growth}))
