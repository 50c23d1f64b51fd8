"""Whether static files are collected. Only their storage knows, and it may be slow, far away or broken."""

from __future__ import annotations

import re
import threading
from io import StringIO

from django.core.management import call_command

from ..compat.installation import management_command
from ..report import error_text

UNKNOWN = "Whether static files are collected is not known"

PATIENCE = 5.0
"""How long the storage has to answer for all files together, in seconds."""


def note_on_static_files() -> str:
    """Return a sentence if static files are to be collected, or if that cannot be known soon; otherwise an empty text.

    NetBox serves without them, so missing files do not keep it from starting. Raises nothing; no database.
    """
    found: list[str] = []

    def ask() -> None:
        try:
            summary = call_command("collectstatic", dry_run=True, interactive=False, stdout=StringIO())
        except BaseException as error:
            found.append(f"{UNKNOWN}: {error_text(error)}")
        else:
            copied = re.match(r"\s*0*([1-9]\d*)", summary or "")
            command = management_command("collectstatic")
            found.append(f"Static files to collect: {copied[1]}; run {command}." if copied else "")

    asking = threading.Thread(target=ask, name=__name__, daemon=True)
    asking.start()
    asking.join(PATIENCE)
    if not found:
        return f"{UNKNOWN}: their storage takes longer than {PATIENCE:.0f} seconds."
    return found[0]
