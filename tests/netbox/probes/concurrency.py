"""Print what several processes and threads do at once, and what of it is in the object types' rows in the end.

Rows are damaged before each, where there are such rows, and a trigger notes who writes them. Everything is put back.
With the argument ``threads`` that is what threads do, of a process that has not loaded NetBox's pages yet.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
import threading
import time

import psycopg
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections
from django.test import RequestFactory

from netbox_plugin_reloader.compat import running_version, select
from netbox_plugin_reloader.repair import object_types
from netbox_plugin_reloader.repair.reload_pass import complete_report
from netbox_plugin_reloader.startup import passes, web_process

strategy = select(running_version())
context = multiprocessing.get_context("fork")
direct = psycopg.connect(os.environ["NETBOX_LAB_DATABASE_URL"], autocommit=True)
ID = "(SELECT id FROM django_content_type WHERE app_label = '{}' AND model = '{}')"
LATE, OWNED, SITE = ID.format("late_models", "late"), ID.format("own_django_apps", "owned"), ID.format("dcim", "site")
COMPANION = ID.format("companion", "accompanied")
ALL = (
    "SELECT contenttype_ptr_id, public, features FROM core_objecttype "
    f"WHERE contenttype_ptr_id IN ({LATE}, {OWNED}, {SITE}, {COMPANION}) ORDER BY 1"
)
NOTE = """
CREATE TABLE written (backend int, transaction text, id int);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN
    INSERT INTO written VALUES (pg_backend_pid(), pg_current_xact_id(), NEW.contenttype_ptr_id);
    RETURN NEW;
END';
CREATE TRIGGER note AFTER INSERT OR UPDATE ON core_objecttype FOR EACH ROW EXECUTE FUNCTION note();
"""
FORGET = "DROP TRIGGER IF EXISTS note ON core_objecttype; DROP FUNCTION IF EXISTS note; DROP TABLE IF EXISTS written"


def rows():
    return [[key, public, sorted(features)] for key, public, features in direct.execute(ALL)]


def damage():
    direct.execute("TRUNCATE written")
    direct.execute(
        f"UPDATE core_objecttype SET features = '{{tags,gone}}' WHERE contenttype_ptr_id IN ({LATE}, {SITE})"
    )
    direct.execute(f"DELETE FROM core_objecttype WHERE contenttype_ptr_id = {OWNED}")
    direct.execute("TRUNCATE written")


def writes():
    """Return how many rows were written, by how many database sessions, in how many transactions."""
    (counts,) = direct.execute(
        "SELECT count(*), count(DISTINCT backend), count(DISTINCT transaction) FROM written"
    ).fetchall()
    return list(counts)


def repaired():
    """Return whose rows this process has repaired."""
    return sorted(row.subject for row in complete_report().repairs if row.kind == "object type")


def get(handler):
    statuses = []
    handler(RequestFactory().get("/login/").environ, lambda status, headers: statuses.append(status)).close()
    return int(statuses[0].split()[0])


def serve(ready, results):
    repair = object_types._repair

    def repair_together(*arguments):
        # All have found the rows wrong before one of them writes.
        ready.wait(60)
        return repair(*arguments)

    object_types._repair = repair_together
    ready.wait(60)
    status = get(WSGIHandler())
    results.put([status, repaired(), len(complete_report().failures)])


def serve_in_threads(ready, results):
    runs, statuses = [], []
    run_reload_pass = passes.run_reload_pass
    passes.run_reload_pass = lambda: runs.append(threading.get_ident()) or run_reload_pass()
    barrier = threading.Barrier(8)

    def work():
        barrier.wait(60)
        statuses.append(get(WSGIHandler()))
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    results.put([statuses, len(runs), repaired(), len(complete_report().failures)])


def repair(ready, results):
    ready.wait(60)
    web_process.prepare_web_process()
    results.put(repaired())


def repair_and_exit(ready, results):
    # As a server that ends itself in an orderly way.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(7))
    repair(ready, results)


def start(function, count=1):
    connections.close_all()
    ready, results = context.Barrier(count), context.Queue()
    processes = [context.Process(target=function, args=(ready, results)) for _ in range(count)]
    for process in processes:
        process.start()
    return processes, results


def together(function, count):
    processes, results = start(function, count)
    outcomes = [results.get(timeout=120) for _ in processes]
    for process in processes:
        process.join(60)
    return outcomes


def blocked():
    """Wait until a session waits for a lock that another holds."""
    deadline = time.monotonic() + 60
    sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    while not direct.execute(sql).fetchone()[0]:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def terminated(function):
    """End a process that has written rows and waits for a lock; return its exit status, the rows and the writes."""
    damage()
    with psycopg.connect(os.environ["NETBOX_LAB_DATABASE_URL"]) as holder:
        holder.execute(f"INSERT INTO core_objecttype VALUES ({OWNED}, true, '{{}}')")
        (process,), _ = start(function)
        blocked()
        process.terminate()
        process.join(60)
        holder.rollback()
    return [process.exitcode, rows(), writes()]


def update_meanwhile():
    """Have somebody flip the flag of a row while a process waits to write the row's features."""
    direct.execute(f"UPDATE core_objecttype SET features = '{{gone}}' WHERE contenttype_ptr_id = {COMPANION}")
    with psycopg.connect(os.environ["NETBOX_LAB_DATABASE_URL"]) as other:
        other.execute(f"UPDATE core_objecttype SET public = NOT public WHERE contenttype_ptr_id = {COMPANION}")
        (process,), results = start(repair)
        blocked()
        other.commit()
        subjects = results.get(timeout=60)
        process.join(60)
    after = rows()
    direct.execute(f"UPDATE core_objecttype SET public = NOT public WHERE contenttype_ptr_id = {COMPANION}")
    return [subjects, after]


def put_back(before):
    direct.execute(FORGET)
    for row in before:
        direct.execute(
            "INSERT INTO core_objecttype (contenttype_ptr_id, public, features) VALUES (%s, %s, %s) "
            "ON CONFLICT (contenttype_ptr_id) DO UPDATE SET public = EXCLUDED.public, features = EXCLUDED.features",
            row,
        )


found = {"before": []}
if strategy.object_type_rows:
    direct.execute(FORGET)
    # Only what is damaged here may be wrong. In a fresh database, rows of plugins that forget to register are missing.
    together(repair, 1)
    found["before"] = rows()
    direct.execute(NOTE)
else:
    # There is nothing to damage, and nothing to look at.
    damage = rows = writes = list
try:
    damage()
    if "threads" in sys.argv:
        # The pages are loaded there, with eight threads that wait for them.
        found["threads"] = [*together(serve_in_threads, 1), rows(), writes()]
    else:
        # As in a server that loads NetBox before it forks.
        found["processes"] = [together(serve, 4), rows(), writes()]
    if "threads" not in sys.argv and strategy.object_type_rows:
        damage()
        found["damaged"] = rows()
        found["terminated"] = [terminated(repair), terminated(repair_and_exit)]
        found["next"] = [*together(repair, 1), rows(), writes()]
        found["meanwhile"] = update_meanwhile()
finally:
    if strategy.object_type_rows:
        put_back(found["before"])
print(json.dumps(found))
