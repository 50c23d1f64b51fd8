"""The report of a NetBox that starts anew, with the configuration and the plugins as they are on disk now."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

TIMEOUT = 300
"""How long NetBox may take to start, in seconds."""

MARK = "netbox_plugin_reloader report: "
# Whatever NetBox and its plugins print stands on lines of its own.
PROGRAM = f"""
import json, django
django.setup()
from netbox_plugin_reloader.reload import latest_report
report = latest_report()
print()
print({MARK!r} + json.dumps(report and report.as_dict()))
"""


def report_of_fresh_process() -> dict[str, Any]:
    """Return :meth:`Report.as_dict` of the first pass in a new Python process; needs no database.

    Raises :class:`RuntimeError` with what that process printed, if NetBox does not start in it or the pass fails.
    """
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    try:
        done = subprocess.run(  # noqa: S603  our own interpreter and program
            [sys.executable, "-c", PROGRAM], env=environ, capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"NetBox did not start within {TIMEOUT} seconds.") from error
    for line in done.stdout.splitlines():
        if line.startswith(MARK):
            report: dict[str, Any] | None = json.loads(line.removeprefix(MARK))
            if report is None:
                raise RuntimeError(f"The reload pass failed in the new process:\n{done.stderr.strip()}")
            return report
    raise RuntimeError(f"NetBox does not start, exit status {done.returncode}:\n{done.stderr.strip()}")
