"""A script for NetBox's Python: what a background worker knows when a model was made after it ran a job.

Prints as JSON what the jobs of NetBox and the jobs of RQ alone found, the processes in which they ran and those that
are announced.
"""

from __future__ import annotations

import json
import time

import django_rq
from core.models import Job
from django.db import connections
from shared_models.described import delete_model, known_here, make_model
from shared_models.jobs import KnownThere

from netbox_plugin_reloader.processes.announcements import announced

PATIENCE = 120


def until(found):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if answer := found():
            return answer
        time.sleep(0.1)
    raise TimeoutError


def of_netbox():
    job = KnownThere.enqueue()
    return until(lambda: Job.objects.get(pk=job.pk).data)


def of_rq():
    # NetBox sends no signal for these.
    job = django_rq.get_queue("default").enqueue(known_here, result_ttl=PATIENCE)
    return until(job.return_value)


found = {"before": [of_netbox(), of_rq()]}
make_model("alpha")
connections.close_all()
try:
    # A pool has two workers, and any of them may take the next job.
    found["after"] = [of_rq(), *(of_netbox() for _ in range(3)), of_rq()]
    found["announced"] = [
        [process.process.pid, process.master, process.generation]
        for process in announced()
        if process.process.kind == "worker"
    ]
finally:
    delete_model("alpha")
print(json.dumps(found))
