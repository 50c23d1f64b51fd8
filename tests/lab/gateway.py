"""A way to a server that can be closed and opened again, so that a test takes a server away without stopping it."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

from tests.lab.processes import free_port


class Gateway:
    """Passes what comes to `port` of 127.0.0.1 on to another server while it is open; it is closed at first."""

    def __init__(self, host: str, port: int) -> None:
        self.server = (host, port)
        self.port = free_port()
        self._listener: socket.socket | None = None
        self._connections: list[socket.socket] = []

    def open(self) -> None:
        """Let everybody through from now on."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def close(self) -> None:
        """Refuse everybody from now on, and cut the connections that there are."""
        if self._listener is not None:
            _cut(self._listener)
            self._listener = None
        while self._connections:
            _cut(self._connections.pop())

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(self.server)
                self._connections += [client, server]
                for one, other in ((client, server), (server, client)):
                    threading.Thread(target=_pass_on, args=(one, other), daemon=True).start()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(65_536):
            other.sendall(data)
    _cut(other)


def _cut(connection: socket.socket) -> None:
    # Shutting down wakes a thread that waits; closing alone does not.
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
