"""A script for NetBox's Python: how many queries a pass in a prepared web process makes, and what it takes."""

from __future__ import annotations

import json
import time
from typing import Any

from django.db import connection

from netbox_plugin_reloader.compat import running_version, select
from netbox_plugin_reloader.repair.reload_pass import run_reload_pass
from netbox_plugin_reloader.startup.passes import repair_rows
from netbox_plugin_reloader.startup.web_process import prepare_web_process

ROUNDS = 5
has_rows = select(running_version()).object_type_rows
prepare_web_process()
rounds = []
for _ in range(ROUNDS):
    statements: list[str] = []

    def record(execute: Any, sql: str, *arguments: Any, into: list[str] = statements) -> Any:
        into.append(sql)
        return execute(sql, *arguments)

    with connection.execute_wrapper(record):
        started = time.process_time()
        # *Run again* also checks what only its user asks for, such as migrations.
        report = run_reload_pass()
        assert repair_rows("for a measurement") or not has_rows
        rounds.append({"seconds": time.process_time() - started, "queries": len(statements)})
    assert not report.failures, report
print(json.dumps([has_rows, rounds]))
