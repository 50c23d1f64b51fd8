"""What kind of process this is, as far as it can know that of itself."""

from __future__ import annotations

import os
import socket
import sys

from .report import Process

KINDS = WEB, WORKER, COMMAND = "web", "worker", "command"

_serves_requests = False


def note_web_process() -> None:
    """Note that this process serves requests: only the construction of its middleware tells."""
    global _serves_requests
    _serves_requests = True


def this_process() -> Process:
    """Return this process; a web process counts as a command until it builds its middleware. No database."""
    kind = WORKER if "rqworker" in sys.argv[1:2] else COMMAND
    if _serves_requests:
        kind = WEB
    return Process(host=socket.gethostname(), pid=os.getpid(), kind=kind)
