"""One of the test suites of other projects, run twice: without us in PLUGINS, and with us."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.lab.errors import LabError
from tests.lab.lab import Lab
from tests.netbox.__main__ import requirements

HERE = Path(__file__).parent
DECISIVE = (
    "tests/lab",
    "tests/netbox/real_plugins",
    *(f"tools/suites/{name}" for name in ("configuration.py", "requirements.txt", "runner.py", "suites.py")),
)
"""What decides about the result of a run without us."""
PACKAGE = "netbox_plugin_reloader"
"""What else decides about one with us."""
TIMEOUT = 7200
"""Seconds after which a run is given up."""
FAILED = ("error", "failed", "unexpected success")


@dataclass(frozen=True)
class Suite:
    """Tests that a project ships: the plugins that NetBox needs for them, and what Django is told to test."""

    name: str
    plugins: tuple[str, ...]
    labels: tuple[str, ...]
    processes: int = 1

    def requirements(self, release: str) -> Path:
        """Return the pins to install beside those of a NetBox release."""
        return HERE / "requirements.txt" if self.processes > 1 else requirements(release)


NETBOX_APPS = ("core", "extras", "netbox", "tenancy", "users", "utilities")
SUITES = (
    # Its tests need the plugin that NetBox's own configuration for tests names.
    Suite("NetBox", ("netbox.tests.dummy_plugin",), NETBOX_APPS, processes=2),
    Suite("netbox-bgp", ("netbox_bgp",), ("netbox_bgp",)),
    Suite("netbox-inventory", ("netbox_inventory",), ("netbox_inventory",)),
)


@dataclass(frozen=True)
class Run:
    """What one run showed: how many tests were run, what became of each, by its id, and how many seconds it took."""

    run: int
    outcomes: Mapping[str, str]
    seconds: int

    @property
    def failures(self) -> set[str]:
        """Return the ids of the tests that failed."""
        return {name for name, outcome in self.outcomes.items() if outcome in FAILED}


@dataclass(frozen=True)
class Comparison:
    """The two runs of a suite on one NetBox release."""

    without: Run
    with_us: Run

    @property
    def differences(self) -> list[tuple[str, str, str]]:
        """Return the id of each test that ended differently, with both outcomes; "not run" stands for none."""
        before, after = self.without.outcomes, self.with_us.outcomes
        return [
            (name, before.get(name, "not run"), after.get(name, "not run"))
            for name in sorted(before.keys() | after.keys())
            if before.get(name) != after.get(name)
        ]

    @property
    def alike(self) -> bool:
        """Return whether the same tests were run, with the same outcomes."""
        return self.without.run == self.with_us.run > 0 and not self.differences


def run(suite: Suite, release: str, log: Path, *, reloader: bool) -> Run:
    """Run a suite without us, or with us as the last plugin; what it prints goes to the file `log`.

    Raises LabError when it does not come to an end.
    """
    package = os.environ.get("TOX_PACKAGE") if reloader else None
    opened = Lab().open(
        release,
        plugins=suite.plugins,
        reloader=reloader,
        requirements=suite.requirements(release),
        configuration=HERE / "configuration.py",
        package=Path(package) if package else None,
    )
    with opened as netbox, TemporaryDirectory() as folder:
        outcomes = Path(folder, "outcomes.json")
        command = netbox.inside("manage", "test", *suite.labels, "--noinput")
        command += ["--testrunner", "tools.suites.runner.Runner", "--parallel", str(suite.processes)]
        started = time.monotonic()
        with log.open("w", encoding="utf-8") as output, suppress(subprocess.TimeoutExpired):
            subprocess.run(
                command,
                cwd=netbox.root,
                env={**netbox.environ, "NETBOX_SUITE_OUTCOMES": str(outcomes)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=TIMEOUT,
                check=False,
            )
        if not outcomes.exists():
            raise LabError(f"The tests of {suite.name} on NetBox {release} did not come to an end: see {log}.")
        return Run(**json.loads(outcomes.read_text()), seconds=round(time.monotonic() - started))
