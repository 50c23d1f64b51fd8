"""Print what a job finds in a background worker that has loaded NetBox's URLconf, as it does itself from 4.7.3 on."""

from __future__ import annotations

import json
import os
import sys

sys.argv[1:2] = ["rqworker"]

import django  # noqa: E402

django.setup()

from django.urls import get_resolver  # noqa: E402
from netbox.registry import registry  # noqa: E402

from netbox_plugin_reloader.startup import passes  # noqa: E402

runs = []
run_reload_pass = passes.run_reload_pass


def watched():
    runs.append(os.getpid())
    return run_reload_pass()


def count():
    return [entry["name"] for entry in registry["views"]["dcim"]["site"]].count("by-urls")


def fork_work_horse():
    """Fork as RQ's worker does, and return what the process of a job finds."""
    pid = os.fork()
    if not pid:
        os._exit(count())
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


passes.run_reload_pass = watched
get_resolver().url_patterns  # noqa: B018  utilities/rqworker.py, 4.7.3
loaded = count()
jobs = [fork_work_horse(), fork_work_horse()]
print(json.dumps({"loaded": loaded, "jobs": jobs, "passes": len(runs)}))
