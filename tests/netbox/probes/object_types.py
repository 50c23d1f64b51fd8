"""Damage object types' rows, do what a process of NetBox does, print the rows then, and put them back as they were.

The first argument says what: ``web`` builds the middleware chain, ``migrate`` does so too (as the command ``migrate``
must not) and then migrates, ``race`` has several processes repair at once. Of the others one that is JSON is our
configuration, and with ``--read-only`` the database is that.
"""

from __future__ import annotations

import json
import multiprocessing
import sys

from core.models import ObjectType
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.db import connection
from django.db.models.signals import post_migrate

from netbox_plugin_reloader.compat import running_version, select
from netbox_plugin_reloader.repair import object_types
from netbox_plugin_reloader.repair.reload_pass import latest_report
from netbox_plugin_reloader.startup.migrating import migrating

FEATURES, MISSING, PRIVATE = ("late_models", "late"), ("own_django_apps", "owned"), ("plain_models", "everything")
CORE, COMPANION = ("dcim", "site"), ("companion", "accompanied")
LABELS = (FEATURES, MISSING, PRIVATE, CORE, COMPANION)
strategy = select(running_version())
OURS = "netbox_plugin_reloader"
for argument in sys.argv[2:]:
    if argument.startswith("{"):
        settings.PLUGINS_CONFIG[OURS] = {**settings.PLUGINS_CONFIG.get(OURS, {}), **json.loads(argument)}
if "--read-only" in sys.argv:
    connection.settings_dict["OPTIONS"]["options"] = "-c default_transaction_read_only=on"
statements, found = [], {}


def record(execute, sql, params, many, context):
    if "core_objecttype" in sql or "advisory" in sql:
        statements.append(sql.split()[0] if "advisory" not in sql else "LOCK")
    return execute(sql, params, many, context)


def execute(*commands):
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE")
        for sql, *parameters in commands:
            cursor.execute(sql, parameters)
    # The next connection is as the database's URL wants it.
    connection.close()


def rows():
    if not strategy.object_type_rows:
        return {}
    found = {}
    for app_label, model in LABELS:
        row = ObjectType.objects.filter(app_label=app_label, model=model).first()
        found[f"{app_label}.{model}"] = row and [row.public, sorted(row.features)]
    connection.close()
    return found


IDENTIFIER = "(SELECT id FROM django_content_type WHERE app_label = %s AND model = %s)"
UPDATE = "UPDATE core_objecttype SET {} WHERE contenttype_ptr_id = " + IDENTIFIER


# This probe does not ask what wrote last, and other probes must not see what it wrote.
FORGET = "COMMENT ON TABLE core_objecttype IS NULL"


def damage():
    execute(
        (FORGET,),
        (UPDATE.format("features = '{tags,gone}'"), *FEATURES),
        ("DELETE FROM core_objecttype WHERE contenttype_ptr_id = " + IDENTIFIER, *MISSING),
        (UPDATE.format("public = false"), *PRIVATE),
        (UPDATE.format("features = '{}'"), *CORE),
    )


INSERT = (
    f"INSERT INTO core_objecttype (contenttype_ptr_id, public, features) VALUES ({IDENTIFIER}, %s, %s) "
    "ON CONFLICT (contenttype_ptr_id) DO UPDATE SET public = EXCLUDED.public, features = EXCLUDED.features"
)


def restore(before):
    execute((FORGET,), *((INSERT, *label.split("."), public, features) for label, (public, features) in before.items()))


def race(count):
    """Repair in ``count`` processes, which all have found the rows wrong before one of them writes."""
    context = multiprocessing.get_context("fork")
    barrier, results = context.Barrier(count), context.Queue()
    repair = object_types._repair

    def repair_together(*arguments):
        barrier.wait(60)
        return repair(*arguments)

    def work():
        object_types._repair = repair_together
        outcome = object_types.repair_object_types(strategy)
        results.put([len(outcome.repairs), len(outcome.stale), statements])

    processes = [context.Process(target=work) for _ in range(count)]
    for process in processes:
        process.start()
    outcomes = [results.get(timeout=120) for _ in processes]
    for process in processes:
        process.join()
    return sorted(outcomes)


def migrate():
    sys.argv[1:] = []
    states = []

    def observe(sender, **kwargs):
        states.append(migrating())

    post_migrate.connect(observe)
    call_command("migrate", interactive=False, verbosity=0)
    return [states[0], migrating()]


before = rows()
if before:
    damage()
try:
    connection.execute_wrappers.append(record)
    action = sys.argv[1]
    if action in ("web", "migrate"):
        WSGIHandler()
        found["connected"] = connection.connection is not None
        found["statements"] = list(statements)
    if action == "migrate":
        found["after_web"] = rows()
        found["migrating"] = migrate()
    if action == "race":
        found["race"] = race(3)
    connection.execute_wrappers.clear()
    found["rows"] = rows()
finally:
    if before:
        restore(before)
report = latest_report()
print(json.dumps({**found, "before": before, "report": report and report.as_dict()}))
