"""Print what a web process says and does about plugins that misbehave, and how it goes on when they no longer do.

That is its report, the checks, what is wrong with rows, and the answers of pages.
"""

from __future__ import annotations

import json
import sys

from django.core import checks
from django.test import Client

from netbox_plugin_reloader.compat import running_version, select
from netbox_plugin_reloader.repair.object_types import check_object_types
from netbox_plugin_reloader.repair.reload_pass import complete_report

if select(running_version()).object_type_rows:
    from django.db import connection

    # An earlier run has made it.
    with connection.cursor() as cursor:
        nameless = "SELECT id FROM django_content_type WHERE app_label = 'raising_meta' AND model = 'nameless'"
        cursor.execute(f"DELETE FROM core_objecttype WHERE contenttype_ptr_id IN ({nameless})")

client = Client(raise_request_exception=False)
circular_imports, raising_meta = sys.modules["circular_imports"], sys.modules["raising_meta"]


def answer(path):
    try:
        return client.get(path).status_code
    except Exception as error:
        # Without a URLconf Django finds no page for its errors either, and leaves them to the server.
        return f"{type(error).__name__}: {error}"


circular_imports.broken = True
found = {"broken": answer("/login/"), "report": complete_report().as_dict()}
failures = check_object_types(select(running_version())).failures
found["failures_of_rows"] = [[row.plugin, row.subject, row.names] for row in failures]
messages = checks.run_checks(tags=["netbox_plugin_reloader"])
found["checks"] = [[message.id.rpartition(".")[2], message.msg] for message in messages]
circular_imports.broken = raising_meta.raising = False
found["mended"] = [answer("/login/"), answer("/plugins/circular-imports/round/")]
print(json.dumps({**found, "later": complete_report().as_dict()}))
