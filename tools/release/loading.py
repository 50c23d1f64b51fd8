"""Install the built releases beside real NetBoxes, and see which of them NetBox loads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.lab.lab import Lab, NetBox
from tests.lab.processes import clean_environ, run, say
from tools.release.build import Artifacts
from tools.release.errors import ReleaseError
from tools.release.lines import PACKAGE, Line

INSIDE = Path(__file__).with_name("inside.py")
# NetBox 4.2 does not start with a plugin that its bounds exclude; later ones skip the plugin (netbox/settings.py).
REFUSALS = {"4.2": "ImproperlyConfigured"}
SKIPS = "IncompatiblePluginError"


@dataclass(frozen=True)
class Trial:
    """One release on one NetBox: the release of ``line`` on NetBox ``tag`` of the line ``netbox``."""

    line: Line
    netbox: Line
    tag: str

    @property
    def loads(self) -> bool:
        """Whether NetBox must load it: the release's line is the NetBox's, or a newer one."""
        return version_key(self.line.name) >= version_key(self.netbox.name)


def version_key(name: str) -> tuple[int, ...]:
    """Return a line's or a release's name as numbers, so that names can be compared."""
    return tuple(int(part) for part in name.split("."))


def trials(lines: Sequence[Line]) -> Iterator[Trial]:
    """Yield what is tried.

    Each line on its first and last NetBox, the newest also on the oldest's, as an installation without a pin has it,
    and each on the first NetBox above its line.
    """
    for line in lines:
        for tag in line.tags:
            yield Trial(line, line, tag)
    for tag in lines[0].tags:
        yield Trial(lines[-1], lines[0], tag)
    for older, newer in pairwise(lines):
        yield Trial(older, newer, newer.first_tag)


def verify(artifacts: Sequence[Artifacts]) -> int:
    """Try every release and return how many trials there were.

    Raises ReleaseError for the first that does not end as it must, and LabError when a NetBox cannot be had.
    """
    lines = [each.line for each in artifacts]
    wheels = {each.line: each.wheel for each in artifacts}
    planned = list(trials(lines))
    for tag in dict.fromkeys(trial.tag for trial in planned):
        with Lab().open(tag) as netbox:
            for trial in planned:
                if trial.tag == tag:
                    say(f"{trial.line.version} on NetBox {tag}: {'loads' if trial.loads else 'is skipped'}?")
                    attempt(netbox, trial, wheels[trial.line])
    return len(planned)


def attempt(netbox: NetBox, trial: Trial, wheel: Path) -> None:
    """Install ``wheel`` into a fresh environment with NetBox's pins, start NetBox, and judge what it did."""
    with tempfile.TemporaryDirectory() as temporary:
        environment = Path(temporary).resolve() / "environment"
        site_packages = install(netbox, wheel, environment)
        # Before our source, which the lab has on the Python path because its configuration is there too.
        python_path = os.pathsep.join([str(site_packages), netbox.environ["PYTHONPATH"]])
        environ = {**netbox.environ, "PYTHONPATH": python_path}
        if not trial.loads:
            environ["NETBOX_LAB_ALLOW_SKIPPED"] = "1"
        fresh = NetBox(netbox.source, environment / "bin" / "python", environ)
        done = fresh.run(fresh.inside("script", INSIDE, above(trial.line)), check=False, capture=True)
        judge(trial, done, site_packages)


def install(netbox: NetBox, wheel: Path, environment: Path) -> Path:
    """Make ``environment`` with NetBox's own pins and ``wheel``, and return the folder of its packages.

    Raises LabError if they cannot be installed together.
    """
    pins = netbox.python.parents[1] / "netbox-requirements.txt"
    steps: list[list[str | Path]] = [
        ["venv", "--python", netbox.python.resolve(), environment],
        ["pip", "install", "--python", environment, "--requirement", pins, wheel],
        ["pip", "check", "--python", environment],
    ]
    for arguments in steps:
        failure = f"{wheel.name} cannot be installed beside NetBox {netbox.source.version}"
        run([sys.executable, "-m", "uv", "--quiet", *arguments], failure, environ=clean_environ())
    (site_packages,) = environment.glob("lib/python3.*/site-packages")
    return site_packages


def above(line: Line) -> str:
    """Return the first NetBox release after ``line``."""
    major, minor = version_key(line.name)
    return f"{major}.{minor + 1}.0"


def judge(trial: Trial, done: subprocess.CompletedProcess[str], site_packages: Path) -> None:
    """Raise ReleaseError unless ``inside.py`` found what the trial must show."""
    about = f"{trial.line.version} on NetBox {trial.tag}"
    if done.returncode:
        raise ReleaseError(f"{about}: NetBox does not start:\n{done.stdout}{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    refusal = REFUSALS.get(trial.netbox.name, SKIPS)
    expected = {
        "netbox": trial.tag.partition("-")[0],
        "loaded": trial.loads,
        "file": str(site_packages / PACKAGE / "__init__.py"),
        "versions": [trial.line.version] * 2,
        "strategy": trial.netbox.name if trial.loads else None,
    }
    wrong = [f"{name} is {found[name]!r}, not {value!r}" for name, value in expected.items() if found[name] != value]
    name, message = found["refused"][above(trial.line)] or ["nothing", ""]
    if name != refusal or trial.line.max_version not in message:
        wrong.append(f"NetBox {above(trial.line)} is refused with {name} ({message}), not with {refusal}")
    if not trial.loads and f"Unable to load plugin {PACKAGE}" not in done.stderr:
        wrong.append(f"NetBox does not say that it skips {PACKAGE}")
    if wrong:
        raise ReleaseError(f"{about}: {'; '.join(wrong)}.")
