"""A Redis server for one lab command."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.lab.errors import LabError
from tests.lab.processes import free_port
from tests.lab.tools import Tools

# Ends the server as soon as its own stdin is closed, which happens even if the lab is killed.
UNTIL_STDIN_CLOSES = '"$@" >server.log 2>&1 & read -r _; kill "$!" 2>/dev/null; wait'


@contextmanager
def redis_server(tools: Tools) -> Iterator[str]:
    """Yield the URL of a Redis server: NETBOX_TEST_REDIS_URL, or a new one that ends with the block.

    Raises LabError when it cannot be started.
    """
    named = os.environ.get("NETBOX_TEST_REDIS_URL")
    if named:
        yield named
        return
    # The wheel exists for Linux on x86-64 only.
    program = tools.redis_server if tools.redis_server.exists() else shutil.which("redis-server")
    if not program:
        raise LabError(
            "There is no embedded Redis for this machine: install redis-server or set NETBOX_TEST_REDIS_URL."
        )
    with tempfile.TemporaryDirectory(prefix="netbox-lab-redis-") as folder:
        port, password = free_port(), secrets.token_hex(16)
        configuration = Path(folder, "redis.conf")
        configuration.write_text(f'bind 127.0.0.1\nport {port}\nrequirepass {password}\nsave ""\n')
        # In a session of its own, so that Ctrl-C reaches NetBox first and the server outlives it.
        process = subprocess.Popen(
            ["sh", "-c", UNTIL_STDIN_CLOSES, "sh", program, configuration],
            stdin=subprocess.PIPE,
            cwd=folder,
            start_new_session=True,
        )
        try:
            _wait_for(port, password)
            yield f"redis://:{password}@127.0.0.1:{port}/0"
        finally:
            process.communicate()


def _wait_for(port: int, password: str) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                connection.sendall(f"AUTH {password}\r\n".encode())
                if connection.recv(5) == b"+OK\r\n":
                    return
        except OSError:
            pass
        time.sleep(0.02)
    raise LabError("The embedded Redis server cannot be started; NETBOX_TEST_REDIS_URL may name another one.")
