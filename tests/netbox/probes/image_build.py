"""Print exit status, output and seconds of each command that an image build runs, and what they made.

NetBox is loaded once, and each command run in a process forked from that.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

from django.test import override_settings

folder = tempfile.TemporaryDirectory()
# NetBox's own folders are left alone.
override_settings(STATIC_ROOT=f"{folder.name}/static", LOCALE_PATHS=[]).enable()

from netbox_plugin_reloader.repair.reload_pass import latest_report  # noqa: E402
from tests.lab.inside import manage  # noqa: E402

COMMANDS = (
    ("collectstatic", "--no-input"),
    ("check",),
    ("check", "--tag", "netbox_plugin_reloader"),
    # The checks of all of NetBox are those of the second command.
    ("makemigrations", "--check", "--skip-checks", "core", "dcim", "netbox_plugin_reloader"),
    ("compilemessages",),
)
CATALOGUE = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8"\n\nmsgid "loud"\nmsgstr "laut"\n'


def run(command):
    """Run a management command in this process, and return its exit status."""
    try:
        manage(*command)
    except SystemExit as error:
        return int(error.code or 0)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


found = {}
with folder:
    catalogue = Path(folder.name, "locale", "de", "LC_MESSAGES", "django.po")
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text(CATALOGUE)
    os.chdir(folder.name)
    for command in COMMANDS:
        started = time.monotonic()
        child = os.fork()
        if child == 0:
            output = os.open("output", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(output, 1)
            os.dup2(output, 2)
            status = run(command)
            sys.stdout.flush()
            os._exit(status)
        _, status = os.waitpid(child, 0)
        output = Path("output").read_text().strip()
        found[" ".join(command[:2])] = [os.waitstatus_to_exitcode(status), output, round(time.monotonic() - started, 1)]
    static = sum(path.is_file() for path in Path("static").rglob("*"))
    compiled = catalogue.with_suffix(".mo").is_file()
    os.chdir("/")
report = latest_report()
print(
    json.dumps(
        {
            "commands": found,
            "static": static,
            "compiled": compiled,
            "has_msgfmt": shutil.which("msgfmt") is not None,
            "repaired": report and sorted({row.plugin for row in report.repairs}),
        }
    )
)
