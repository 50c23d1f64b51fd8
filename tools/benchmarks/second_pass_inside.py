"""A script for NetBox's Python: how many queries a pass in a prepared web process makes, and what it takes."""

from __future__ import annotations

import json
import time
from typing import Any

from django.db import connection

from netbox_plugin_reloader.compat import running_version, select
from netbox_plugin_reloader.startup.on_request import run_again
from netbox_plugin_reloader.startup.web_process import prepare_web_process

ROUNDS = 5
prepare_web_process()
rounds = []
for _ in range(ROUNDS):
    statements: list[str] = []

    def record(execute: Any, sql: str, *arguments: Any, into: list[str] = statements) -> Any:
        into.append(sql)
        return execute(sql, *arguments)

    with connection.execute_wrapper(record):
        started = time.process_time()
        report = run_again()
        rounds.append({"seconds": time.process_time() - started, "queries": len(statements)})
    assert not report.failures, report
print(json.dumps([select(running_version()).object_type_rows, rounds]))
