"""Do what each line of the standard input says, and print for each what became of the rows of object types, as JSON.

``start`` builds the middleware chain, as a web process does before its first request; ``again`` does what the button
does; ``repair`` runs the command; ``report`` reads the report; ``forget`` empties NetBox's cache; ``jobs N`` has
background workers run N jobs.
"""

from __future__ import annotations

import json
import sys
import time

import django

django.setup()

from django.core.cache import cache  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

OURS = "netbox_plugin_reloader"
TABLE = "core_objecttype"
HAS_ROWS = TABLE in connection.introspection.table_names()


def rows():
    if not HAS_ROWS:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT contenttype_ptr_id, public, features FROM {TABLE}")
        return {key: (public, sorted(features)) for key, public, features in cursor.fetchall()}


def start():
    from django.core.handlers.wsgi import WSGIHandler

    WSGIHandler()


def jobs(count):
    from core.models import Job
    from old_choir.jobs import Nothing

    done = []
    for _ in range(int(count)):
        job = Nothing.enqueue()
        end = time.monotonic() + 60
        while time.monotonic() < end and not Job.objects.get(pk=job.pk).completed:
            time.sleep(0.05)
        done.append(Job.objects.get(pk=job.pk).data)
    return done


def report():
    from netbox_plugin_reloader.startup.on_request import current_report

    return [[row.plugin, row.subject, *row.names] for row in current_report().findings if row.kind == "object type"]


def again():
    from netbox_plugin_reloader.startup.on_request import run_again

    return [[row.plugin, row.subject, *row.names] for row in run_again().findings if row.kind == "object type"]


def repair():
    call_command("plugin_reloader", "repair", stdout=sys.stderr)


actions = {
    "start": start,
    "again": again,
    "repair": repair,
    "report": report,
    "forget": cache.clear,
    "jobs": jobs,
}
print(json.dumps("ready"), flush=True)
for line in sys.stdin:
    name, _, argument = line.strip().partition(" ")
    before = rows()
    answer = actions[name](*[argument] * bool(argument))
    after = rows()
    found = {
        "answer": answer if isinstance(answer, (dict, list)) else None,
        "changed": sum(before.get(key) != row for key, row in after.items()),
        "singing": sum("singing" in features for _, features in after.values()),
    }
    print(json.dumps(found), flush=True)
