"""What our whole ``ready()`` costs, beside that of CESNET's reloader, which imports NetBox's forms."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.lab.environment import prepare_packages
from tests.lab.home import Home
from tests.lab.lab import RELOADER, NetBox
from tests.lab.tools import prepare_tools
from tools.benchmarks.figures import Figure

SCRIPT = Path(__file__).with_name("start_up_inside.py")
BOUND, PART = 6.0, 0.2
"""What our ``ready()`` may cost with the deferred pass, in milliseconds, and as a part of CESNET's where that imports
NetBox's forms. What NetBox runs of ours before it is a row of its own: an import that moves there is no gain.
"""

CESNET = {"4.2": "0.0.2", "4.3": "4.3.1", "4.4": "4.4.0.1", "4.5": "4.5.4.1", "4.6": "4.6.0.2", "4.7": "4.7.0.1"}
"""CESNET's last release for each line, under the name that is ours too."""

PLUGINS = (
    "plain_models",
    "late_models",
    "late_resources",
    "namesake",
    "own_django_apps",
    "circular_imports",
    "copied_models",
)
"""Plugins of the test bed, none of which loads NetBox's forms in its ``ready()``."""


def start_up(netbox: NetBox, rounds: int) -> Iterator[Figure]:
    """Yield the processor time of both in fresh processes that alternate, and their ratio."""
    version = CESNET[".".join(netbox.source.version.split(".")[:2])]
    # First in PLUGINS: what we do after the ready() of the last plugin is measured as well.
    ours_first = netbox.with_environ(NETBOX_LAB_PLUGINS=json.dumps([RELOADER, *PLUGINS]))
    folder = cesnet(netbox, version)
    theirs_first = ours_first.with_environ(PYTHONPATH=os.pathsep.join([str(folder), netbox.environ["PYTHONPATH"]]))
    command = [netbox.python, SCRIPT]
    found: list[tuple[dict[str, Any], dict[str, Any]]] = [
        (ours_first.ask(command), theirs_first.ask(command)) for _ in range(rounds + 1)
    ]
    # The first processes compile what is not compiled yet.
    del found[0]
    assert all(Path(their["file"]).is_relative_to(folder) for _, their in found), found
    assert not any(Path(our["file"]).is_relative_to(folder) or our["loads_forms"] for our, _ in found), found
    loads_forms = all(their["loads_forms"] for _, their in found)
    ours, theirs = ([1_000 * each["ready"] for each in side] for side in zip(*found, strict=True))
    yield Figure("our whole ready(), with its imports and the pass", ours, "ms", BOUND)
    yield Figure(f"CESNET's {version} whole ready(), with its imports", theirs, "ms")
    for name, side in (("our", 0), (f"CESNET's {version}", 1)):
        before = [1_000 * pair[side]["import"] for pair in found]
        yield Figure(f"{name} package and validate(), before ready()", before, "ms")
    ratios = [our / their for our, their in zip(ours, theirs, strict=True)]
    yield Figure("our whole ready(), to CESNET's", ratios, "", PART if loads_forms else None)


def cesnet(netbox: NetBox, version: str) -> Path:
    """Return a folder for the Python path that holds CESNET's package, from the package index.

    Raises LabError if it cannot be installed.
    """
    home = Home()
    folder = prepare_packages(
        home, prepare_tools(home), [f"netbox-plugin-reloader=={version}"], netbox.python, f"cesnet-{version}"
    )
    # Their wheels also hold a package "tests", which would hide ours.
    shutil.rmtree(folder / "tests", ignore_errors=True)
    return folder
