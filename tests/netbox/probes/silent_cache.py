"""Print how long a web process's start waits for a cache that takes connections and never answers, in seconds."""

from __future__ import annotations

import json
import socket
import threading
import time

# The kernel takes connections, and nobody answers.
server = socket.create_server(("127.0.0.1", 0))

from tests.netbox.starting import use_servers  # noqa: E402

use_servers(redis=server.getsockname()[1])

from django.core.handlers.wsgi import WSGIHandler  # noqa: E402

from netbox_plugin_reloader.processes import cache  # noqa: E402
from netbox_plugin_reloader.repair.reload_pass import latest_report  # noqa: E402

waited = []
answer = cache._answer


def timed(question):
    started = time.monotonic()
    try:
        return answer(question)
    finally:
        waited.append(time.monotonic() - started)


cache._answer = timed
WSGIHandler()
# What waited for an answer is told that none will come.
asking = [thread for thread in threading.enumerate() if thread.name == cache.__name__]
for thread in asking:
    thread.join(5)
# Somebody asked: otherwise this raises an error.
server.settimeout(0)
server.accept()
print(
    json.dumps(
        {
            "questions": len(waited),
            "seconds": sum(waited),
            "waiting": [thread.name for thread in asking if thread.is_alive()],
            "passed": latest_report() is not None,
        }
    )
)
