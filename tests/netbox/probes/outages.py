"""Print what a web process does while its database and its Redis go away and come back.

Each step is a list of what it found, and last how long it took, in seconds; it ends with a line of the log. The row of
one plugin's object type is wrong at first, and again before the database goes, where there are such rows.
"""

from __future__ import annotations

import json
import os
import sys
import time
from urllib.parse import urlsplit

import psycopg

from tests.lab.gateway import Gateway

urls = [urlsplit(os.environ[name]) for name in ("NETBOX_LAB_DATABASE_URL", "NETBOX_LAB_REDIS_URL")]
database, redis = (Gateway(url.hostname, url.port) for url in urls)
started = time.monotonic()

from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import RequestFactory  # noqa: E402
from netbox.registry import registry  # noqa: E402

from netbox_plugin_reloader.compat import running_version, select  # noqa: E402
from netbox_plugin_reloader.processes import announcements, generation  # noqa: E402
from netbox_plugin_reloader.processes import following as workers  # noqa: E402
from netbox_plugin_reloader.repair.object_types import check_object_types  # noqa: E402
from netbox_plugin_reloader.repair.reload_pass import latest_report  # noqa: E402
from netbox_plugin_reloader.startup import on_request, web_process  # noqa: E402
from tests.netbox.starting import use_servers  # noqa: E402

strategy = select(running_version())
steps = {}
LATE = "contenttype_ptr_id = (SELECT id FROM django_content_type WHERE app_label = 'late_models' AND model = 'late')"


def execute(sql, *parameters):
    with psycopg.connect(urls[0].geturl(), autocommit=True) as direct:
        cursor = direct.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []


def damage():
    if strategy.object_type_rows:
        execute(f"UPDATE core_objecttype SET features = '{{}}' WHERE {LATE}")


def is_right():
    return (
        not strategy.object_type_rows or "tags" in execute(f"SELECT features FROM core_objecttype WHERE {LATE}")[0][0]
    )


def get(path="/login/"):
    """Return the status of a page, as a server would ask for it, or the error that the server would see."""
    # Each request looks at the generation.
    workers._next_look = web_process._next_try = 0.0
    statuses = []
    try:
        handler(RequestFactory().get(path).environ, lambda status, headers: statuses.append(status)).close()
    except Exception as error:
        return type(error).__name__
    return int(statuses[0].split()[0])


def run_a_pass(function=on_request.run_again):
    """Double a view and run a pass; return whether that was repaired, and how many repairs failed."""
    entries = registry["views"]["late_models"]["late"]
    entries.append(dict(entries[0]))
    function()
    report = latest_report()
    return ["late_models.late" in [row.subject for row in report.repairs], len(report.failures)]


def step(name, *results):
    """Note what was found, and mark in the log that this step is over."""
    global started
    print(f"INFO netbox_plugin_reloader: end of {name}", file=sys.stderr)
    steps[name] = [*results, round(time.monotonic() - started, 1)]
    started = time.monotonic()


def listed():
    return [one.process.pid for one in announcements.announced()].count(os.getpid())


use_servers(database.port, redis.port)
# As in the configuration that NetBox's documentation shows.
connection.settings_dict["CONN_MAX_AGE"] = 300
damage()
step("set up")
handler = WSGIHandler()
step("start without servers", [get(), get()], run_a_pass())
database.open()
redis.open()
step("servers come", [get(), get(), get()], is_right(), listed())

redis.close()
step("redis lost", [get(), get(), get()], run_a_pass(lambda: on_request.run_everywhere("this probe")))
redis.open()
step("redis comes", [get(), get()], generation.raise_generation() is not None, listed())

get()
backend = connection.connection.info.backend_pid
damage()
execute("SELECT pg_terminate_backend(%s)", backend)
step("database session ended", run_a_pass(), is_right())
step("after that", [get(), get()][1:], run_a_pass(), is_right())

get()
damage()
database.close()
step("database lost", [get()], run_a_pass(), is_right())
database.open()
step("database comes", [get(), get()][1:], run_a_pass(), is_right())

connection.close()
name, connection.settings_dict["NAME"] = connection.settings_dict["NAME"], "postgres"
step("no tables", run_a_pass(), check_object_types(strategy).problem)
connection.close()
connection.settings_dict["NAME"] = name
step("tables", [get(), get()][1:], run_a_pass())
print(json.dumps({"steps": steps}))
