"""NetBox in a Python process that starts now, with the configuration and the plugins as they are on disk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from ..compat.installation import instance_root, missing_configuration, which_instance
from ..report import masked

TIMEOUT = 300
"""How long NetBox may take to start and to answer, in seconds."""

MARK = "netbox_plugin_reloader report: "
# The empty print() ends whatever line NetBox or a plugin has begun.
PROGRAM = f"""
import json, django
django.setup()
from netbox_plugin_reloader.repair.reload_pass import latest_report
report = latest_report()
print()
print({MARK!r} + json.dumps(report and report.as_dict()))
"""


def interpreter() -> str:
    """Return the path of Python: a server that embeds Python may name itself in ``sys.executable``."""
    if Path(sys.executable or "").name.startswith("python"):
        return sys.executable
    return str(Path(sys.prefix) / "bin" / "python")


def environ() -> dict[str, str]:
    """Return the environment variables that make another process find what this one finds.

    For ``-c`` and ``-m`` Python searches the current folder first, where another NetBox may lie, such as the checkout
    that a wheel replaced. PYTHONSAFEPATH prevents that, but not in Python 3.10. NetBox resolves NETBOX_ROOT against the
    current folder, which a server may have changed since (netbox/settings_utils.py, 4.7).
    """
    found = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "netbox.settings"),
        "PYTHONPATH": os.pathsep.join(str(Path(path).absolute()) for path in sys.path),
        "PYTHONSAFEPATH": "1",
    }
    root = instance_root()
    return {**found, "NETBOX_ROOT": root} if root else found


def run_fresh(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with ``arguments``, and return how it ended, with its output and its :func:`masked` errors.

    Raises :class:`RuntimeError` if that takes longer than :data:`TIMEOUT`, or NetBox's configuration is gone.
    """
    if missing := missing_configuration():
        raise RuntimeError(f"NetBox's configuration is gone: there is no file {missing}.{which_instance()}")
    try:
        done = subprocess.run(  # noqa: S603  our own interpreter and program
            [interpreter(), *arguments], env=environ(), capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"NetBox did not start within {TIMEOUT} seconds.") from error
    done.stderr = masked(done.stderr)
    return done


def report_of_fresh_process() -> dict[str, Any]:
    """Return :meth:`Report.as_dict` of the first pass in a new Python process; needs no database.

    Raises :class:`RuntimeError` with what that process printed, if NetBox does not start in it or the pass fails.
    """
    done = run_fresh("-c", PROGRAM)
    for line in done.stdout.splitlines():
        if line.startswith(MARK):
            report: dict[str, Any] | None = json.loads(line.removeprefix(MARK))
            if report is None:
                raise RuntimeError(f"The reload pass failed in the new process:\n{done.stderr.strip()}")
            return report
    raise RuntimeError(f"NetBox does not start, exit status {done.returncode}:\n{done.stderr.strip()}")


def preflight_in_fresh_process() -> None:
    """Run :func:`~netbox_plugin_reloader.recycle.preflight.preflight` in a new process, without static files.

    Raises :class:`RuntimeError` with what that process printed, if NetBox would not start.
    """
    done = run_fresh("-m", "django", "plugin_reloader", "preflight", "--no-static-files")
    if done.returncode:
        raise RuntimeError(done.stderr.strip() or f"exit status {done.returncode}")
