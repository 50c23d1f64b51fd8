"""A script for NetBox's Python: what the pass at start-up takes, with a plugin of as many models as the argument says.

Prints the seconds of processor time of ``django.setup()``, of the pass in it, and of importing NetBox's forms, which
nothing has loaded then, as an earlier reloader did in its place.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

PLUGIN = "many_models"
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

count = int(sys.argv[1])
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

    from netbox_plugin_reloader import startup

    run = startup._run
    passes: list[float] = []

    def measured(occasion: str) -> None:
        started = time.process_time()
        run(occasion)
        passes.append(time.process_time() - started)

    startup._run = measured
    started = time.process_time()
    django.setup()
    setup = time.process_time() - started

from netbox_plugin_reloader.compat import running_version, select  # noqa: E402
from netbox_plugin_reloader.reload import latest_report  # noqa: E402

report = latest_report()
assert report is not None
assert sum(plugin.models for plugin in report.plugins) == count, report
assert not report.repairs + report.failures, report
modules = sorted({row.module for row in select(running_version()).querysets if ".forms." in row.module})
assert sys.modules.keys().isdisjoint(modules), modules
started = time.process_time()
for module in modules:
    import_module(module)
forms = time.process_time() - started
print(json.dumps({"setup": setup, "pass": passes[0], "forms": forms}))
