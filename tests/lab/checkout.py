"""NetBox's own source tree, one checkout per release, never changed by the lab."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from tests.lab.errors import LabError, NetBoxUnavailable
from tests.lab.home import REPOSITORY_ROOT, Home, digest
from tests.lab.processes import run, say

REPOSITORY = "https://github.com/netbox-community/netbox.git"
FIRST_RELEASE = (4, 2, 0)
BRANCHES = ("main", "feature")
SUPPORTED = json.loads((REPOSITORY_ROOT / "netbox_plugin_reloader" / "compat" / "supported.json").read_text())
PRERELEASES = [row["last_tag"] for row in SUPPORTED if "-" in row["last_tag"]]


@dataclass(frozen=True)
class Checkout:
    """A NetBox source tree: its release or branch, its folder and a short name that tells it from every other tree."""

    version: str
    path: Path
    name: str

    @property
    def requirements(self) -> Path:
        """NetBox's pinned requirements."""
        return self.path / "requirements.txt"

    @property
    def python_path(self) -> Path:
        """The folder that makes ``netbox.settings`` importable."""
        return self.path / "netbox"


def parse_version(text: str) -> str:
    """Return the NetBox release or branch `text` names, without a leading "v". Raises LabError if there is none."""
    if text in BRANCHES:
        return text
    version = text.removeprefix("v")
    final = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)", version)
    if version in PRERELEASES or (final and tuple(map(int, final.groups())) >= FIRST_RELEASE):
        return version
    raise LabError(
        f'"{text}" is no NetBox release the lab knows: give a final one from 4.2.0 on, such as 4.5.10, '
        f"or one of {', '.join([*PRERELEASES, *BRANCHES])}."
    )


def prepare_checkout(home: Home, version: str) -> Checkout:
    """Return the checkout of a NetBox release: the folder NETBOX_CHECKOUT names, or else a clone.

    Raises NetBoxUnavailable when it cannot be cloned, LabError when NETBOX_CHECKOUT holds something else.
    """
    named = os.environ.get("NETBOX_CHECKOUT")
    if named:
        return _named_checkout(Path(named).resolve(), version)
    repository = os.environ.get("NETBOX_REPOSITORY") or REPOSITORY
    branch = version in BRANCHES
    # A branch moves: what was made for its former commit is not of its present one.
    name = f"{version}-{_references(repository, f'refs/heads/{version}')[0][0][:12]}" if branch else version

    def clone(path: Path) -> None:
        say(f"Cloning NetBox {version} …")
        command = ["git", "-c", "advice.detachedHead=false", "clone", "--quiet", "--depth", "1"]
        run(
            [*command, "--branch", version if branch else f"v{version}", repository, path],
            f"NetBox {version} cannot be cloned from {repository}",
            environ={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
            error=NetBoxUnavailable,
        )

    return Checkout(version, home.make(home.path / "checkouts" / name, clone, proof="netbox"), name)


def published_tags() -> list[str]:
    """Return the names of all tags of the NetBox repository. Raises NetBoxUnavailable when it cannot be reached."""
    repository = os.environ.get("NETBOX_REPOSITORY") or REPOSITORY
    return [name.removeprefix("refs/tags/") for _, name in _references(repository, "refs/tags/*")]


def _references(repository: str, pattern: str) -> list[list[str]]:
    """Return commit and name of each reference that matches. Raises NetBoxUnavailable when there is none."""
    listed = run(
        ["git", "ls-remote", "--exit-code", "--refs", repository, pattern],
        f"{repository} has no {pattern}",
        environ={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
        error=NetBoxUnavailable,
    )
    return [line.split() for line in listed.splitlines()]


def _named_checkout(path: Path, version: str) -> Checkout:
    release = path / "netbox" / "release.yaml"
    if not release.is_file():
        raise LabError(f"NETBOX_CHECKOUT names {path}, which is no checkout of NetBox.")
    text = release.read_text()
    number, designation = (re.search(rf'^{key}: "(.+)"', text, re.MULTILINE) for key in ("version", "designation"))
    found = "-".join(match[1] for match in (number, designation) if match)
    if found != version:
        raise LabError(f"NETBOX_CHECKOUT names {path}, which is NetBox {found} and not {version}.")
    return Checkout(version, path, f"{version}-{digest(str(path))}")
