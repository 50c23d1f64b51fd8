"""Where a NetBox comes from: a checkout by git, or the wheel of the package index. The lab never changes either."""

from __future__ import annotations

import json
import os
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path

from tests.lab.errors import LabError, NetBoxUnavailable
from tests.lab.home import REPOSITORY_ROOT, Home, digest
from tests.lab.processes import run, say
from tests.lab.tools import QUIETLY, Tools, explained

REPOSITORY = "https://github.com/netbox-community/netbox.git"
CHECKOUT, INDEX = SOURCES = ("checkout", "index")
BRANCHES = ("main", "feature")
SUPPORTED = json.loads((REPOSITORY_ROOT / "netbox_plugin_reloader" / "compat" / "supported.json").read_text())
FIRST_RELEASE = tuple(map(int, SUPPORTED[0]["first_tag"].split(".")))
FIRST_WHEEL: str = next(row["first_tag"] for row in SUPPORTED if row["source"] == INDEX)
# NetBox's tests and pages need none of them. psycopg's C part would need a compiler.
NOT_NEEDED = re.compile(r"mkdocs|pymdown|zensical")
# Folders of a checkout for what users write.
FOR_USERS = {"reports", "scripts"}
# The lab's own Python may be older than those that NetBox runs on.
FOR_PYTHON = ("--python-version", "3.12")
COMPILED, READY_MADE = "psycopg[c,pool]", "psycopg[binary,pool]"


@dataclass(frozen=True)
class Source:
    """A NetBox that can be installed: all that the rest of the lab knows of where it comes from.

    ``name`` tells it from every other one. ``pins`` are its requirements. ``checkout`` is the folder of a checkout, and
    ``wheel`` the file of a wheel: one of them is there.
    """

    version: str
    name: str
    pins: tuple[str, ...]
    checkout: Path | None = None
    wheel: Path | None = None

    @property
    def python_path(self) -> Path | None:
        """The folder that makes ``netbox.settings`` importable, unless the environment's own packages do."""
        return self.checkout / "netbox" if self.checkout else None

    def program(self, interpreter: Path) -> Path:
        """Return the Python script that an administrator runs management commands with."""
        return self.python_path / "manage.py" if self.python_path else interpreter.with_name("netbox")

    def check_python(self, python: str) -> None:
        """Raise LabError if NetBox does not run on ``python``, such as 3.12."""
        line = next((row for row in SUPPORTED if self.version.startswith(f"{row['line']}.")), None)
        if line and python not in line["pythons"]:
            raise LabError(f"NetBox {self.version} does not run on Python {python}: give {', '.join(line['pythons'])}.")

    def root(self, interpreter: Path) -> Path:
        """Return the folder that holds NetBox's packages (netbox, dcim, extras, …) in ``interpreter``'s environment."""
        if self.python_path:
            return self.python_path
        return next((interpreter.parents[1] / "lib").glob("python3.*")) / "site-packages"

    def documentation(self, interpreter: Path) -> Path:
        """Return the folder of NetBox's documentation: Markdown in a checkout, and HTML in a wheel."""
        return self.checkout / "docs" if self.checkout else self.root(interpreter) / "netbox" / "_data" / "docs"

    def packages(self) -> tuple[str, ...]:
        """Return the names of NetBox's own packages (netbox, dcim, extras, …): beside a wheel's stand all others."""
        if self.wheel:
            with zipfile.ZipFile(self.wheel) as archive:
                paths = [name.split("/") for name in archive.namelist()]
        else:
            paths = [list(path.parts[-2:]) for path in (self.python_path or Path()).glob("*/__init__.py")]
        return tuple(sorted({parts[0] for parts in paths if parts[1:] == ["__init__.py"]} - FOR_USERS))


def parse_version(text: str) -> str:
    """Return the NetBox release or branch `text` names, without a leading "v". Raises LabError if there is none."""
    if text in BRANCHES:
        return text
    version = text.removeprefix("v")
    numbers = _numbers(version)
    if numbers and numbers >= FIRST_RELEASE:
        return version
    raise LabError(
        f'"{text}" is no NetBox release the lab knows: give a final one from 4.2.0 on, such as 4.5.10, '
        f"or one of {', '.join(BRANCHES)}."
    )


def asked_release() -> str:
    """Return the NetBox release that is to be tested: tox's environment names the line, NETBOX_TEST_RELEASE a release.

    ``browser42`` stands for the last release of NetBox 4.2 in the supported table, ``netbox42first`` for the first.
    Raises LabError if neither names one.
    """
    rows = {row["line"].replace(".", ""): row for row in SUPPORTED}
    found = re.search(r"(\d+)(first)?", os.environ.get("TOX_ENV_NAME", ""))
    if found and (row := rows.get(found[1])):
        return str(row["first_tag" if found[2] else "last_tag"])
    if release := os.environ.get("NETBOX_TEST_RELEASE"):
        return parse_version(release)
    raise LabError(f"Name the NetBox release in NETBOX_TEST_RELEASE, such as {SUPPORTED[-1]['last_tag']}.")


def choose_source(version: str, wanted: str | None = None) -> str:
    """Return where NetBox ``version`` comes from: ``wanted``, or the index for each release that it has.

    Raises LabError if the wanted one has no such release.
    """
    numbers, first = _numbers(version), _numbers(FIRST_WHEEL)
    has_wheel = bool(numbers and first and numbers >= first)
    if wanted == INDEX and not has_wheel:
        raise LabError(
            f"The package index has NetBox from {FIRST_WHEEL} on: NetBox {version} comes as a checkout only."
        )
    if wanted:
        return wanted
    return INDEX if has_wheel and not os.environ.get("NETBOX_CHECKOUT") else CHECKOUT


def prepare_source(home: Home, tools: Tools, version: str, wanted: str | None = None) -> Source:
    """Return NetBox ``version`` from where :func:`choose_source` says.

    Raises NetBoxUnavailable when it cannot be had from there, and LabError when that has no such release.
    """
    if choose_source(version, wanted) == INDEX:
        return _prepare_wheel(home, tools, version)
    return _prepare_checkout(home, version)


def published(source: str, tools: Tools) -> list[str]:
    """Return what ``source`` has: the tags of NetBox's repository, or the final releases of the package index.

    Raises NetBoxUnavailable when it cannot be reached.
    """
    if source == CHECKOUT:
        return [name.removeprefix("refs/tags/") for _, name in _references(_repository(), "refs/tags/*")]
    command: list[str | Path] = [tools.python, "-m", "pip", "index", "versions", "--disable-pip-version-check"]
    failure = "The releases of NetBox cannot be had"
    listed = run([*command, *FOR_PYTHON, "netbox"], failure, environ=_without_python(), error=_of_index)
    return re.findall(r"[\d.]+", listed.partition("versions:")[2].partition("\n")[0])


def _numbers(version: str) -> tuple[int, ...] | None:
    """Return the numbers of a final release, or None."""
    return tuple(map(int, version.split("."))) if re.fullmatch(r"\d+\.\d+\.\d+", version) else None


def _needed(requirements: Iterator[str]) -> tuple[str, ...]:
    return tuple(line.replace(COMPILED, READY_MADE) for line in requirements if not NOT_NEEDED.match(line))


def _prepare_checkout(home: Home, version: str) -> Source:
    named = os.environ.get("NETBOX_CHECKOUT")
    if named:
        path = _named_checkout(Path(named).resolve(), version)
        return _checkout(version, f"{version}-{digest(str(path))}", path)
    repository = _repository()
    branch = version in BRANCHES
    # A branch moves: what was made for its former commit is not of its present one.
    name = f"{version}-{_references(repository, f'refs/heads/{version}')[0][0][:12]}" if branch else version

    def error(sentence: str) -> LabError:
        absent = re.search(r"Remote branch (\S+) not found", sentence)
        return LabError(f"{repository} has no {absent[1]}.") if absent else NetBoxUnavailable(sentence)

    def clone(path: Path) -> None:
        say(f"Cloning NetBox {version} …")
        command = ["git", "-c", "advice.detachedHead=false", "clone", "--quiet", "--depth", "1"]
        run(
            [*command, "--branch", version if branch else f"v{version}", repository, path],
            f"NetBox {version} cannot be cloned from {repository}",
            environ=_for_git(),
            error=error,
        )

    return _checkout(version, name, home.make(home.path / "checkouts" / name, clone, proof="netbox"))


def _checkout(version: str, name: str, path: Path) -> Source:
    # Of the same release the index has another tree.
    suffix = "" if choose_source(version) == CHECKOUT else f"-{CHECKOUT}"
    pins = _needed(iter((path / "requirements.txt").read_text().splitlines()))
    return Source(version, f"{name}{suffix}", pins, checkout=path)


def _prepare_wheel(home: Home, tools: Tools, version: str) -> Source:
    def download(path: Path) -> None:
        say(f"Downloading NetBox {version} from the package index …")
        command: list[str | Path] = [tools.python, "-m", "pip", "download", *QUIETLY, *FOR_PYTHON]
        command += ["--no-deps", "--only-binary", ":all:", "--dest", path]
        failure = f"NetBox {version} cannot be had"
        run([*command, f"netbox=={version}"], failure, environ=_without_python(), error=_of_index)

    (wheel,) = home.make(home.path / "wheels" / version, download).glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        metadata = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        required = message_from_bytes(archive.read(metadata)).get_all("Requires-Dist") or []
    return Source(version, version, _needed(line for line in required if "extra ==" not in line), wheel=wheel)


def _of_index(sentence: str) -> LabError:
    """Return the error for what pip said of the requirement netbox."""
    if found := re.search(r"^(.+?): .*from versions: ([\da-z., ]*\d)", sentence):
        return LabError(f"{found[1]}: the package index has {found[2]} only; --source {CHECKOUT} looks elsewhere.")
    return NetBoxUnavailable(str(explained(sentence)))


def _without_python() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def _for_git() -> dict[str, str]:
    """Return an environment in which git asks nobody, and speaks English."""
    return {**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}


def _repository() -> str:
    return os.environ.get("NETBOX_REPOSITORY") or REPOSITORY


def _references(repository: str, pattern: str) -> list[list[str]]:
    """Return commit and name of each reference that matches. Raises NetBoxUnavailable when there is none."""
    listed = run(
        ["git", "ls-remote", "--exit-code", "--refs", repository, pattern],
        f"{repository} has no {pattern}",
        environ=_for_git(),
        error=NetBoxUnavailable,
    )
    return [line.split() for line in listed.splitlines()]


def _named_checkout(path: Path, version: str) -> Path:
    release = path / "netbox" / "release.yaml"
    if not release.is_file():
        raise LabError(f"NETBOX_CHECKOUT names {path}, which is no checkout of NetBox.")
    text = release.read_text()
    number, designation = (re.search(rf'^{key}: "(.+)"', text, re.MULTILINE) for key in ("version", "designation"))
    found = "-".join(match[1] for match in (number, designation) if match)
    if found != version:
        raise LabError(f"NETBOX_CHECKOUT names {path}, which is NetBox {found} and not {version}.")
    return path
