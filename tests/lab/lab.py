"""The lab's Python interface: open a NetBox with some plugins, then run programs in it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

from tests.lab.database import DatabaseServer
from tests.lab.environment import installed_pins, prepare_environment, prepare_packages
from tests.lab.errors import LabError
from tests.lab.home import REPOSITORY_ROOT, Home, digest
from tests.lab.postgresql import postgresql_server
from tests.lab.processes import call, clean_environ, run
from tests.lab.redis import redis_server
from tests.lab.source import Source, parse_version, prepare_source
from tests.lab.tools import prepare_tools

RELOADER = "netbox_plugin_reloader"
TEST_PLUGINS = REPOSITORY_ROOT / "tests" / "plugins"
TABLES = Path(__file__).with_name("tables.py")


@dataclass(frozen=True)
class NetBox:
    """A NetBox whose servers run: everything needed to start its processes.

    `environ` is their complete environment. A process with another order of PLUGINS only needs another
    NETBOX_LAB_PLUGINS, a JSON list.
    """

    source: Source
    python: Path
    environ: Mapping[str, str]

    @property
    def root(self) -> Path:
        """The folder that holds NetBox's own packages."""
        return self.source.root(self.python)

    def with_environ(self, **environ: str) -> NetBox:
        """Return this NetBox with some environment variables set otherwise."""
        return replace(self, environ={**self.environ, **environ})

    def inside(self, kind: str, *arguments: str | Path) -> list[str | Path]:
        """Return the command that runs something by way of `tests.lab.inside`; see there for the kinds."""
        return [self.python, "-m", "tests.lab.inside", kind, *arguments]

    def run(
        self, command: Sequence[str | Path], *, check: bool = True, capture: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in this NetBox's environment.

        `capture` collects its output as text; `check` raises subprocess.CalledProcessError when it fails.
        """
        return subprocess.run(command, env=self.environ, check=check, capture_output=capture, text=True)

    def ask(self, command: Sequence[str | Path]) -> Any:
        """Run a command and return the JSON that it prints last. Raises LabError when it fails."""
        printed = run(command, f"{' '.join(map(str, command))} fails", environ=self.environ)
        return json.loads(printed.splitlines()[-1])

    def call(self, command: Sequence[str | Path]) -> int:
        """Run a command in the foreground, pass signals on to it and return its exit status.

        Raises LabError when it cannot be started. Only a program's main thread may do this.
        """
        return call(command, self.environ)


class Lab:
    """Prepares NetBoxes, keeping what it makes in one folder (see `Home`)."""

    def __init__(self, home: Path | None = None) -> None:
        self.home = Home(home)

    @contextmanager
    def open(
        self,
        netbox: str,
        *,
        source: str | None = None,
        python: str = "3.12",
        plugins: Sequence[str] = (),
        plugins_config: Mapping[str, Any] | None = None,
        requirements: Path | None = None,
        configuration: Path | None = None,
        reloader: bool = True,
        package: Path | None = None,
    ) -> Iterator[NetBox]:
        """Prepare a NetBox and yield it; its servers stop when the block ends.

        `netbox` names the release, `source` where it comes from (see `choose_source`). `plugins` is the PLUGINS
        order, to which our own package is added as the last unless it is in there or `reloader` is false.
        `requirements` are pins installed beside NetBox's own; `configuration` is Python executed at the end of
        NetBox's configuration; `package`, or else TOX_PACKAGE, is a built wheel of ours to use in place of the
        source.

        Raises NetBoxUnavailable when NetBox cannot be had and LabError when anything else cannot be had.
        """
        version = parse_version(netbox)
        order = plugins_order(plugins, reloader)
        if built := os.environ.get("TOX_PACKAGE"):
            package = package or Path(built)
        for file in (requirements, configuration, package):
            if file and not file.is_file():
                raise LabError(f"There is no file {file}.")

        tools = prepare_tools(self.home)
        origin = prepare_source(self.home, tools, version, source)
        interpreter = prepare_environment(self.home, tools, origin, python, requirements)
        package_folder = None
        if package:
            name = digest(package.name, package.read_bytes())
            package_folder = prepare_packages(self.home, tools, [package], interpreter, name)
        with postgresql_server(self.home, tools) as database_url, redis_server(tools) as redis_url:
            core = {
                **self._process_environ(origin, interpreter, package_folder),
                "NETBOX_LAB_REDIS_URL": redis_url,
                **_configured([], {}, None),
            }
            wanted = {**core, **_configured(order, plugins_config or {}, configuration)}

            def build_tables(environ: Mapping[str, str], url: str) -> None:
                command = NetBox(origin, interpreter, environ).inside("script", TABLES)
                built = f"The tables of NetBox {version} with PLUGINS {environ['NETBOX_LAB_PLUGINS']}"
                # What watches or hardens the command to come is no business of the preparation.
                aside = ("COVERAGE_", "PYTHONDEVMODE", "PYTHONWARNINGS")
                kept = {name: value for name, value in environ.items() if not name.startswith(aside)}
                run(command, f"{built} cannot be built", environ={**kept, "NETBOX_LAB_DATABASE_URL": url})

            server = DatabaseServer(self.home, tools, database_url)
            release = "lab_" + re.sub(r"\W", "_", origin.name)
            template = f"{release}_core_{digest(TABLES.read_bytes())}"
            server.make(template, partial(build_tables, core))
            contents = [file.read_bytes() for file in (requirements, configuration) if file]
            name = f"{release}_{digest(template, *sorted(order), *contents, *_test_plugin_sources(order))}"
            build = partial(build_tables, wanted) if order or configuration else None
            url = server.make(name, build, template=template)
            yield NetBox(origin, interpreter, {**wanted, "NETBOX_LAB_DATABASE_URL": url})

    @contextmanager
    def copied(self, netbox: NetBox) -> Iterator[NetBox]:
        """Yield `netbox` with a copy of its database that goes away at the end, for what changes rows and tables.

        Raises LabError when another process is connected to that database.
        """
        url = urlsplit(netbox.environ["NETBOX_LAB_DATABASE_URL"])
        server = DatabaseServer(self.home, prepare_tools(self.home), url._replace(path="/postgres").geturl())
        copy = f"lab_copy_{token_hex(4)}"
        server.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{url.path.lstrip("/")}"')
        try:
            yield netbox.with_environ(NETBOX_LAB_DATABASE_URL=server.url_of(copy))
        finally:
            server.execute(f'DROP DATABASE "{copy}" WITH (FORCE)')

    def equipped(self, netbox: NetBox, pins: Sequence[str]) -> NetBox:
        """Return `netbox` with the pinned packages before those of its environment, and with the same database.

        An environment of their own would have all of NetBox compiled once more. Raises LabError if one cannot be had.
        """
        tools = prepare_tools(self.home)
        installed = installed_pins(tools, netbox.python)
        lacking = [pin for pin in pins if pin not in installed]
        if not lacking:
            return netbox
        name = digest(str(netbox.python), *lacking)
        packages = prepare_packages(self.home, tools, lacking, netbox.python, name)
        path = os.pathsep.join([str(packages), netbox.environ["PYTHONPATH"]])
        return netbox.with_environ(PYTHONPATH=path)

    def remove(self, netbox: str, database_url: str) -> None:
        """Remove what was made for a NetBox release: its source, environments, compiled code, files and databases.

        `database_url` names a database of the server that holds its databases. What releases share stays. Nothing may
        run in a NetBox of this release.
        """
        version = parse_version(netbox)
        server = DatabaseServer(self.home, prepare_tools(self.home), database_url)
        release = re.sub(r"\W", "_", version)
        pattern = f"^lab_{release}_(core_)?[0-9a-f]{{8}}(_partial)?$"
        for name in server.execute(f"SELECT datname FROM pg_database WHERE datname ~ '{pattern}'").splitlines():
            server.execute(f'DROP DATABASE "{name}"')
        environments = self.home.path / "environments"
        for folder in (
            self.home.path / "checkouts" / version,
            self.home.path / "wheels" / version,
            *environments.glob(f"{version}-py*"),
            self.home.path / "files" / version,
        ):
            for made in (folder, self.home.path / "pycache" / folder.relative_to("/")):
                shutil.rmtree(made, ignore_errors=True)

    def _process_environ(self, source: Source, interpreter: Path, package_folder: Path | None) -> dict[str, str]:
        files = self.home.path / "files" / source.name
        for name in ("media", "reports", "scripts"):
            (files / name).mkdir(parents=True, exist_ok=True)
        python_path = (package_folder, source.python_path, REPOSITORY_ROOT, TEST_PLUGINS)
        return {
            **clean_environ(),
            "DJANGO_SETTINGS_MODULE": "netbox.settings",
            "NETBOX_CONFIGURATION": "tests.lab.configuration",
            "NETBOX_LAB_DOCUMENTATION": str(source.documentation(interpreter)),
            "NETBOX_LAB_FILES": str(files),
            "NETBOX_LAB_PACKAGES": json.dumps(source.packages()),
            "NETBOX_LAB_PROGRAM": str(source.program(interpreter)),
            "NETBOX_LAB_ROOT": str(source.root(interpreter)),
            "PATH": os.pathsep.join([str(interpreter.parent), os.environ.get("PATH", os.defpath)]),
            "PYTHONPATH": os.pathsep.join(str(path) for path in python_path if path),
            # Compiled once for all environments, and not into NetBox's own tree.
            "PYTHONPYCACHEPREFIX": str(self.home.path / "pycache"),
        }


def plugins_order(plugins: Sequence[str], reloader: bool) -> list[str]:
    """Return the complete PLUGINS, with our own package where it was named or else last.

    Raises LabError when a plugin is named twice, or ours is named although `reloader` is false.
    """
    twice = sorted({name for name in plugins if plugins.count(name) > 1})
    if twice:
        raise LabError(f"The plugin {twice[0]} is named more than once.")
    if RELOADER not in plugins:
        return [*plugins, RELOADER] if reloader else list(plugins)
    if not reloader:
        raise LabError(f"{RELOADER} is among the plugins although it is to be left out.")
    return list(plugins)


def _configured(order: list[str], plugins_config: Mapping[str, Any], configuration: Path | None) -> dict[str, str]:
    return {
        "NETBOX_LAB_PLUGINS": json.dumps(order),
        "NETBOX_LAB_PLUGINS_CONFIG": json.dumps(plugins_config),
        "NETBOX_LAB_CONFIGURATION": str(configuration.resolve()) if configuration else "",
    }


def _test_plugin_sources(order: list[str]) -> list[bytes]:
    """Return the sources of all test plugins if one is in `order`: their models decide about tables."""
    if not any((TEST_PLUGINS / name.split(".")[0]).exists() for name in order):
        return []
    return [path.read_bytes() for path in sorted(TEST_PLUGINS.rglob("*.py"))]
