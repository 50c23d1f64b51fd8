"""What installers choose when the releases of all lines are on offer."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.lab.processes import run
from tools.release.errors import ReleaseError
from tools.release.lines import DISTRIBUTION, Line


def verify(folder: Path, lines: Sequence[Line]) -> None:
    """Raise ReleaseError unless pip and uv choose the newest of ``folder`` without a pin, and a line's own with its."""
    wanted = {DISTRIBUTION: lines[-1].version, **{f"{DISTRIBUTION}~={line.version}": line.version for line in lines}}
    for requirement, version in wanted.items():
        for installer, choose in (("pip", chosen_by_pip), ("uv", chosen_by_uv)):
            chosen = choose(folder, requirement)
            if chosen != version:
                raise ReleaseError(f"{installer} chooses {chosen} for {requirement}, and must choose {version}.")


def chosen_by_pip(folder: Path, requirement: str) -> str:
    """Return the version that pip would install of ``requirement`` from ``folder``."""
    options = ["--dry-run", "--ignore-installed", "--no-deps", "--no-index", "--find-links", str(folder)]
    command = [sys.executable, "-m", "pip", "install", "--quiet", *options, "--report", "-", requirement]
    output = run(command, f"pip cannot resolve {requirement}")
    (installed,) = json.loads(output)["install"]
    return str(installed["metadata"]["version"])


def chosen_by_uv(folder: Path, requirement: str) -> str:
    """Return the version that uv would install of ``requirement`` from ``folder``."""
    options = ["--no-deps", "--no-index", "--find-links", str(folder), "--no-header", "--no-annotate", "--quiet"]
    with tempfile.TemporaryDirectory() as temporary:
        requirements = Path(temporary) / "requirements.in"
        requirements.write_text(requirement)
        command: list[str | Path] = [sys.executable, "-m", "uv", "pip", "compile", *options, requirements]
        output = run(command, f"uv cannot resolve {requirement}")
    (pin,) = (text for text in output.splitlines() if text.startswith(f"{DISTRIBUTION}=="))
    return pin.partition("==")[2]
