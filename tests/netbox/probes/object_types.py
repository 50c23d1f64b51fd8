"""Damage object types' rows, do what a process of NetBox does, print the rows then, and put them back as they were.

A process of NetBox builds the middleware chain. With the argument ``migrate`` it does so as the command ``migrate``,
which must not, and then migrates, where companion apps are public.
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
from netbox_plugin_reloader.repair.object_types import repair_object_types
from netbox_plugin_reloader.repair.reload_pass import latest_report
from netbox_plugin_reloader.startup.migrating import migrating

FEATURES, MISSING, PRIVATE = ("late_models", "late"), ("own_django_apps", "owned"), ("plain_models", "everything")
CORE, COMPANION = ("dcim", "site"), ("companion", "accompanied")
LABELS = (FEATURES, MISSING, PRIVATE, CORE, COMPANION)
strategy = select(running_version())
statements, found = [], {}
if strategy.object_type_rows:
    # Only what is damaged here may be wrong. In a fresh database, rows of plugins that forget to register are missing.
    repairing = multiprocessing.get_context("fork").Process(target=repair_object_types, args=[strategy])
    repairing.start()
    repairing.join()
if "migrate" in sys.argv:
    settings.PLUGINS_CONFIG["netbox_plugin_reloader"] = {"companion_apps_public": True}


def record(execute, sql, params, many, context):
    if "core_objecttype" in sql or "advisory" in sql:
        statements.append(sql.split()[0] if "advisory" not in sql else "LOCK")
    return execute(sql, params, many, context)


def execute(*commands):
    with connection.cursor() as cursor:
        for sql, *parameters in commands:
            cursor.execute(sql, parameters)
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
    WSGIHandler()
    found["connected"] = connection.connection is not None
    found["statements"] = list(statements)
    if "migrate" in sys.argv:
        found["after_web"] = rows()
        found["migrating"] = migrate()
    connection.execute_wrappers.clear()
    found["rows"] = rows()
finally:
    if before:
        restore(before)
report = latest_report()
print(json.dumps({**found, "before": before, "report": report and report.as_dict()}))
