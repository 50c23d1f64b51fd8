"""What is to be tried, as something that can be installed, and all that has to be installed with it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.lab.environment import PIN, installed_pins
from tests.lab.errors import LabError
from tests.lab.home import Home, digest
from tests.lab.processes import clean_environ, run
from tests.lab.source import Source
from tests.lab.tools import Tools
from tests.netbox.__main__ import requirements

NAME = re.compile(r"([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:[\[=<>!~@;].*)?")
ARCHIVES = (".whl", ".tar.gz")
OWN = shutil.ignore_patterns(".tox", ".nox", ".venv", "venv", "node_modules", ".lab", "__pycache__", "build", "dist")
UNREACHABLE = re.compile(
    r"Failed to fetch|error sending request|dns error|Connection refused|client error", re.IGNORECASE
)


def distribution_of(requirement: str) -> str:
    """Return the normalized name of what a requirement installs."""
    found = NAME.fullmatch(requirement)
    return re.sub(r"[-_.]+", "-", found[1] if found else requirement).lower()


def requirement_of(home: Home, tools: Tools, text: str) -> str:
    """Return the requirement for a checkout's folder, for a wheel or a source distribution, or for a name on the index.

    Raises LabError if there is nothing that can be installed.
    """
    path = Path(text)
    if not path.exists():
        if NAME.fullmatch(text) and not text.endswith(ARCHIVES):
            return text
        raise LabError(f"There is no plugin at {text}: no such file or folder.")
    if path.is_dir() and not any((path / name).is_file() for name in ("pyproject.toml", "setup.py")):
        raise LabError(f"There is no plugin at {text}: the folder has neither pyproject.toml nor setup.py.")
    if not (path.is_dir() or text.endswith(ARCHIVES)):
        raise LabError(f"There is no plugin at {text}: give a checkout, a wheel or a source distribution.")
    with TemporaryDirectory() as folder:
        wheel = path if path.suffix == ".whl" else build(tools, path, Path(folder))
        kept = home.path / "plugin_matrix" / "wheels" / digest(wheel.read_bytes()) / wheel.name
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(wheel, kept)
    return f"{wheel.name.partition('-')[0].replace('_', '-')} @ {kept.as_uri()}"


def build(tools: Tools, path: Path, folder: Path) -> Path:
    """Return a wheel of a checkout or a source distribution, built in ``folder``. Raises LabError if it cannot be."""
    source = path
    if path.is_dir():
        # Building leaves files where it is done.
        source = folder / "source"
        shutil.copytree(path, source, symlinks=True, ignore=OWN)
    command: list[str | Path] = [tools.uv, "build", "--quiet", "--wheel", "--out-dir", folder / "wheel", source]
    run(command, f"{path} cannot be built", environ=clean_environ())
    return next((folder / "wheel").glob("*.whl"))


def companion(name: str, release: str) -> str:
    """Return the requirement for a plugin to try others beside: of the version that loads on that NetBox, if we know.

    ``netbox-dns`` is netbox-plugin-dns as well.
    """
    file = requirements(release)
    pins = dict(PIN.findall(file.read_text(encoding="utf-8"))) if file.is_file() else {}
    for pinned, version in pins.items():
        if distribution_of(name) in (pinned, pinned.replace("-plugin-", "-")):
            return f"{pinned}=={version}"
    return name


def resolved(tools: Tools, source: Source, python: Path, wanted: Sequence[str]) -> list[str]:
    """Return the pins of ``wanted`` and of all that they need, but for those of NetBox itself.

    Raises LabError with the reason if they cannot be met, or if the package index cannot be reached.
    """
    with TemporaryDirectory() as folder:
        # As pip does it in NetBox's environment: the pins hold, and what else is there stays where it can.
        asked, pinned, locked = (Path(folder, name) for name in ("asked.in", "pinned.txt", "locked.txt"))
        asked.write_text("\n".join(wanted))
        pinned.write_text("\n".join(re.sub(r"\[[^]]*\]", "", pin) for pin in source.pins))
        locked.write_text("\n".join(pin for pin in installed_pins(tools, python) if "==" in pin))
        command: list[str | Path] = [tools.uv, "pip", "compile", "--quiet", "--no-header", "--no-annotate"]
        done = subprocess.run(
            [*command, "--python", python, "--constraint", pinned, "--output-file", locked, asked],
            env=clean_environ(),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        told = locked.read_text()
    names = ", ".join(map(shown, wanted))
    if done.returncode:
        if UNREACHABLE.search(done.stderr):
            raise LabError(f"The requirements of {names} cannot be looked up: the package index cannot be reached.")
        said = " ".join(re.sub(r"[^ -~\n]", " ", done.stderr).split())
        if absent := re.search(r"Because (\S+) was not found in the package registry", said):
            raise LabError(f"There is no {absent[1]} on the package index.")
        reason = re.sub(r"^.*?resolving dependencies:?( cause:)? |^error: ", "", said)
        raise LabError(f"The requirements of {names} cannot be met beside NetBox {source.version}: {reason}")
    of_netbox = {distribution_of(pin) for pin in source.pins}
    pins = [line.partition(";")[0].strip() for line in told.splitlines() if line.strip() and line[0] not in "#-"]
    return [pin for pin in pins if distribution_of(pin) not in of_netbox]


def shown(requirement: str) -> str:
    """Return a requirement without the path of its wheel."""
    return requirement.partition(" @ ")[0]
