"""A server that loads NetBox before it forks: its workers share no connection, because none is open when it forks.

With a pool of database connections (``OPTIONS["pool"]``, Django 5.1 and later) workers that shared one failed all
parallel requests. gunicorn loads NetBox first with ``preload_app``, uWSGI unless told otherwise.
"""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.recycling.serving import plugin_reloader, serving

REQUESTS = 50
INTERVAL = 5
"""How often a web process looks, in seconds."""


def connections_to(pid, ports):
    """Return the connections that the process ``pid`` holds to ``ports`` of any host, as the kernel lists them."""
    held = {str(file.readlink()) for file in Path(f"/proc/{pid}/fd").iterdir()}
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            port, inode = int(fields[2].rpartition(":")[2], 16), fields[9]
            if f"socket:[{inode}]" in held and port in ports:
                found.append(fields[2])
    return found


@pytest.fixture(scope="module", params=["gunicorn", "uWSGI"])
def server(request, netbox, folder):
    pooled = netbox.with_environ(NETBOX_RECYCLING_POOL="1")
    with serving(pooled, folder, request.param, configuration="preload_app = True") as server:
        yield server


def test_the_main_process_holds_no_connection_and_parallel_requests_are_answered(server, netbox, visitor):
    ports = {urlsplit(netbox.environ[f"NETBOX_LAB_{name}_URL"]).port for name in ("DATABASE", "REDIS")}
    assert None not in ports, "this test tells connections by their ports"
    headers = {"Cookie": visitor["cookie"]}
    with ThreadPoolExecutor(REQUESTS) as visitors:
        asked = [visitors.submit(server.ask, "/dcim/sites/", headers) for _ in range(REQUESTS)]
    assert [answer.result().status for answer in asked] == [200] * REQUESTS
    # A worker that answered is connected, so these connections can be seen.
    assert any(connections_to(worker, ports) for worker in server.workers())
    assert connections_to(server.pid, ports) == []


def test_each_worker_is_listed(server):
    # By then each looks, and finds that it is another process than the one that was prepared.
    time.sleep(INTERVAL + 1)
    server.answers()
    listed = plugin_reloader(server.netbox, "reload").stdout
    pids = {int(pid) for pid in re.findall(r"\bweb\b.*?\s(\d+)\s", listed)}
    assert server.workers() <= pids, listed
