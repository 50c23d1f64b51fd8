"""One run of the brief contract suite on one NetBox release, and what is remembered of it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from xml.etree import ElementTree

from tests.lab.home import REPOSITORY_ROOT

DECISIVE = ("netbox_plugin_reloader", "pyproject.toml", "tests/lab", "tests/netbox", "tests/plugins")
"""What decides about the result of a run."""
TIMEOUT = 3600
"""Seconds after which a run is given up."""


@dataclass(frozen=True)
class Result:
    """What a run showed. `seconds` includes all preparation; `repaired` is None if no test reported it.

    `passed` is None for a release that was not run.
    """

    netbox: str
    python: str
    passed: bool | None
    tests: int
    repaired: int | None
    seconds: int


def run(
    netbox: str, python: str, folder: Path, environ: Mapping[str, str], running: set[subprocess.Popen[bytes]]
) -> Result:
    """Run the brief suite on a NetBox release or branch; its output goes to a ``.log`` in `folder`.

    While it runs, its process is in `running`.
    """
    report, log = (folder / f"{netbox}-py{python}.{suffix}" for suffix in ("xml", "log"))
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "tests.netbox", "--netbox", netbox, "--python", python, "--brief"]
    command += ["--", "-p", "no:cacheprovider", f"--junitxml={report}"]
    started = time.monotonic()
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            command,
            cwd=REPOSITORY_ROOT,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        running.add(process)
        try:
            status = process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            process.terminate()
            status = process.wait()
            output.write(f"given up after {TIMEOUT} seconds\n")
        finally:
            running.discard(process)
    tests, repaired = read_report(report) if report.exists() else (0, None)
    # A run without tests would have the same exit status.
    passed = status == 0 and tests > 0 and repaired is not None
    return Result(netbox, python, passed, tests, repaired, round(time.monotonic() - started))


def read_report(path: Path) -> tuple[int, int | None]:
    """Return the number of tests of pytest's XML report that were run, and what they say was repaired at start-up."""
    (suite,) = ElementTree.parse(path).getroot().iter("testsuite")
    counted = [item.get("value") for item in suite.iterfind("properties/property[@name='repaired']")]
    tests, skipped = (int(suite.get(name, "0")) for name in ("tests", "skipped"))
    return tests - skipped, int(counted[0] or "") if counted else None


class Memory:
    """The results of one commit of ours, in one folder."""

    def __init__(self, folder: Path, commit: str) -> None:
        self.commit = commit
        self.folder = folder / (commit or "uncommitted")
        self.folder.mkdir(parents=True, exist_ok=True)

    def recall(self, netbox: str, python: str) -> Result | None:
        """Return the latest result of a release, or None if it was not run at this commit."""
        path = self._path(netbox, python)
        return Result(**json.loads(path.read_text())) if self.commit and path.exists() else None

    def keep(self, result: Result) -> None:
        """Remember a result."""
        self._path(result.netbox, result.python).write_text(json.dumps(asdict(result)))

    def _path(self, netbox: str, python: str) -> Path:
        return self.folder / f"{netbox}-py{python}.json"
