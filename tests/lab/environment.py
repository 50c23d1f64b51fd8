"""The Python environment NetBox runs in, and our own package when it comes as a built wheel."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.lab.errors import LabError
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

    Raises LabError when `requirements` pins something NetBox pins differently, or when the environment cannot
    be made.
    """
    if not re.fullmatch(r"3\.\d+", python):
        raise LabError(f'"{python}" is no Python version: give one such as 3.12.')
    additional = read_requirements(requirements, source) if requirements else ""
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
            run([*install, "--no-deps", "-r", path / "additional-requirements.txt"], failure, environ=environ)

    name = f"{source.name}-py{python}-" + digest(*source.pins, TEST_REQUIREMENTS.read_bytes(), additional)
    return home.make(home.path / "environments" / name, build, proof="bin/python") / "bin" / "python"


def read_requirements(requirements: Path, source: Source) -> str:
    """Return a requirements file's text, with that of the files that it names by ``-r``.

    Raises LabError if it pins something NetBox pins differently.
    """
    text = INCLUDED.sub(lambda line: requirements.with_name(line[1]).read_text(), requirements.read_text())
    netbox_pins = {_normalize(name): pin for name, pin in PIN.findall("\n".join(source.pins))}
    for name, pin in PIN.findall(text):
        netbox_pin = netbox_pins.get(_normalize(name), pin)
        if pin != netbox_pin:
            raise LabError(
                f"{requirements} pins {name}=={pin}, but NetBox {source.version} pins "
                f"{name}=={netbox_pin}: leave it out."
            )
    return text


def prepare_package(home: Home, tools: Tools, package: Path, interpreter: Path) -> Path:
    """Return a folder for the Python path that holds our built package. Raises LabError on failure."""

    def build(path: Path) -> None:
        say(f"Unpacking {package.name} …")
        install: list[str | Path] = [tools.uv, "pip", "install", "--quiet", "--no-deps", "--python", interpreter]
        run([*install, "--target", path, package], f"{package} cannot be installed", environ=clean_environ())

    return home.make(home.path / "packages" / digest(package.name, package.read_bytes()), build)


def installed_pins(tools: Tools, interpreter: Path) -> list[str]:
    """Return what is installed in an interpreter's environment, as pins. Raises LabError if that cannot be told."""
    command: list[str | Path] = [tools.uv, "pip", "freeze", "--python", interpreter]
    return run(command, f"What is installed for {interpreter} cannot be told", environ=clean_environ()).splitlines()


def prepare_packages(home: Home, tools: Tools, pins: Sequence[str], interpreter: Path) -> Path:
    """Return a folder for the Python path that holds those of the pinned packages that `interpreter` lacks as pinned.

    Raises LabError if they cannot be installed.
    """
    failure = f"{', '.join(pins)} cannot be installed"
    installed = installed_pins(tools, interpreter)
    lacking = [pin for pin in pins if pin not in installed]

    def build(path: Path) -> None:
        path.mkdir()
        install: list[str | Path] = [tools.uv, "pip", "install", "--quiet", "--no-deps", "--python", interpreter]
        if lacking:
            run([*install, "--target", path, *lacking], failure, environ=clean_environ())

    return home.make(home.path / "packages" / digest(str(interpreter), *lacking), build)


def find_interpreter(python: str) -> str:
    """Return what uv shall make an environment with: an interpreter's path, or else a version to look for."""
    if python == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    # uv gives up at the first "python3.x" on the PATH, even if it is pyenv's stub for an inactive version.
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found = sorted(pyenv.glob(f"versions/{python}.*/bin/python"), key=lambda path: path.stat().st_mtime)
    return str(found[-1]) if found else python


def _normalize(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
