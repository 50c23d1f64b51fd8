"""Which application server runs this process, and how each is told to replace its worker processes."""

from __future__ import annotations

import sys
from pathlib import Path

GRANIAN, GUNICORN, UWSGI = "granian", "gunicorn", "uWSGI"
RUNSERVER, UNKNOWN = "runserver", "unknown"

MODULES = {
    "uwsgi": UWSGI,
    "gunicorn.arbiter": GUNICORN,
    "granian": GRANIAN,
    "mod_wsgi": "mod_wsgi",
    "unit": "NGINX Unit",
}
"""A module that a server has loaded in each of its worker processes, and the server."""

RESTART = {
    RUNSERVER: "press Ctrl-C where it runs, and start it again",
    UWSGI: "set touch-chain-reload in its configuration, or run sudo systemctl restart netbox",
    "mod_wsgi": "run sudo systemctl reload apache2",
    "NGINX Unit": "ask its control socket for /control/applications/netbox/restart",
}
"""How an administrator restarts a server whose workers we do not replace."""

RESTART_OTHERS = "run sudo systemctl restart netbox, or restart the container"
RESTART_BACKGROUND_WORKERS = "sudo systemctl restart netbox-rq"


def this_server() -> str:
    """Return the server that runs this web process, :data:`RUNSERVER` or :data:`UNKNOWN`."""
    if sys.argv[1:2] == ["runserver"]:
        return RUNSERVER
    return next((server for module, server in MODULES.items() if module in sys.modules), UNKNOWN)


def chain_reload_file() -> str:
    """Return the file that makes uWSGI reload its workers one by one when touched, or an empty text if there is none.

    uWSGI passes its options to its workers (this one is ``touch-chain-reload``).
    """
    options = getattr(sys.modules.get("uwsgi"), "opt", {})
    value = options.get("touch-chain-reload", options.get(b"touch-chain-reload", b""))
    if isinstance(value, list):
        value = value[0]
    name = value.decode() if isinstance(value, bytes) else str(value)
    return str(Path(name).absolute()) if name else ""


def how_to_restart(server: str) -> str:
    """Return what an administrator does to restart ``server``."""
    return RESTART.get(server, RESTART_OTHERS)
