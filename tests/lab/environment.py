"""The Python environment NetBox runs in, and our own package when it comes as a built wheel."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.lab.home import Home, digest
from tests.lab.processes import clean_environ, run, say
from tests.lab.source import Source
from tests.lab.tools import Tools

TEST_REQUIREMENTS = Path(__file__).with_name("test-requirements.txt")
INCLUDED = re.compile(r"^-r (.+)$", re.MULTILINE)
PIN = re.compile(r"^\s*([\w.-]+)\s*(?:\[[^]]*\])?\s*==\s*([^\s;#]+)", re.MULTILINE)


def prepare_environment(home: Home, tools: Tools, source: Source, python: str, requirements: Path | None) -> Path:
    """Return the interpreter of an environment with NetBox's pins, its wheel if it is one, the test tools and
    `requirements`.

    Raises LabError when the environment cannot be made: also if `requirements` pins something NetBox pins differently.
    """
    additional = ""
    if requirements:
        additional = INCLUDED.sub(lambda line: requirements.with_name(line[1]).read_text(), requirements.read_text())
    source.check_python(python)

    def build(path: Path) -> None:
        say(f"Making the environment of NetBox {source.version} on Python {python} …")
        failure = f"The environment of NetBox {source.version} on Python {python} cannot be made"
        environ = clean_environ()
        # Relocatable, because the folder gets its final name only when it is complete.
        interpreter = find_interpreter(python)
        run([tools.uv, "venv", "--relocatable", "--python", interpreter, path], failure, environ=environ)
        (path / "netbox-requirements.txt").write_text("\n".join(source.pins))
        (path / "additional-requirements.txt").write_text(additional)
        install: list[str | Path] = [tools.uv, "pip", "install", "--quiet", "--python", path / "bin" / "python"]
        pinned: list[str | Path] = ["-r", path / "netbox-requirements.txt", "-r", TEST_REQUIREMENTS]
        run([*install, *pinned], failure, environ=environ)
        if source.wheel:
            run([*install, "--no-deps", source.wheel], failure, environ=environ)
        if additional:
            beside: list[str | Path] = ["--no-deps", "--constraint", path / "netbox-requirements.txt"]
            run([*install, *beside, "-r", path / "additional-requirements.txt"], failure, environ=environ)

    name = f"{source.name}-py{python}-" + digest(*source.pins, TEST_REQUIREMENTS.read_bytes(), additional)
    return home.make(home.path / "environments" / name, build, proof="bin/python") / "bin" / "python"


def installed_pins(tools: Tools, interpreter: Path) -> list[str]:
    """Return what is installed in an interpreter's environment, as pins. Raises LabError if that cannot be told."""
    command: list[str | Path] = [tools.uv, "pip", "freeze", "--python", interpreter]
    return run(command, f"What is installed for {interpreter} cannot be told", environ=clean_environ()).splitlines()


def prepare_packages(
    home: Home, tools: Tools, requirements: Sequence[str | Path], interpreter: Path, name: str
) -> Path:
    """Return a folder for the Python path that holds these packages, without what they need.

    The folder's `name` tells them from others. Raises LabError if they cannot be installed.
    """

    def build(path: Path) -> None:
        install: list[str | Path] = [tools.uv, "pip", "install", "--quiet", "--no-deps", "--python", interpreter]
        failure = f"{', '.join(map(str, requirements))} cannot be installed"
        run([*install, "--target", path, *requirements], failure, environ=clean_environ())

    return home.make(home.path / "packages" / name, build)


def find_interpreter(python: str) -> str:
    """Return what uv shall make an environment with: an interpreter's path, or else a version to look for."""
    if python == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    # uv gives up at the first "python3.x" on the PATH, even if it is pyenv's stub for an inactive version.
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found = sorted(pyenv.glob(f"versions/{python}.*/bin/python"), key=lambda path: path.stat().st_mtime)
    return str(found[-1]) if found else python
