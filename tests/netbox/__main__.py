"""Run the contract suite on a NetBox that tests.lab prepares: ``python -m tests.netbox --netbox 4.5.10``.

``--main`` runs the main part only: what needs no other NetBox process, and a test of each kind that does (those are
marked ``main``). ``--rest`` runs the others, and ``--brief`` of the main part what differs most between the releases of
a line. ``--real-plugins`` runs the part that needs plugins from PyPI instead. Otherwise takes the options of
``python -m tests.lab pytest``, and after ``--`` those of pytest. Where NetBox cannot be cloned, it says so; that is a
failure only where the variable CI is set.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from pathlib import Path

from tests.lab.__main__ import main
from tests.lab.source import BRANCHES, SUPPORTED, asked_release, parse_version

SUITE = Path(__file__).parent
REAL_PLUGINS = SUITE / "real_plugins"
BRIEF = (
    "compat",
    "repair/test_choice_lists.py",
    "repair/test_duplicate_views.py",
    "repair/test_everything_live.py",
    "repair/test_feature_copies.py",
    "repair/test_healthy.py",
    "repair/test_object_types.py",
    "repair/test_registration.py",
    "startup/test_startup.py",
    "test_loaded.py",
)
FREEZING = ("4.2", "4.3")
BRANCHING = "netboxlabs-netbox-branching=="
PLUGINS = (
    "early_forms",
    "late_models",
    "netbox_plugin_reloader",
    "own_django_apps",
    "plain_models",
    "forgotten_ready",
    "doubled_views",
    "raising_models",
    "late_resources",
    "run_time_models",
)
PLUGINS_CONFIG = {"netbox_animal_sounds": {"loudness": 11}}


def requirements(release: str) -> Path:
    """Return the file of real plugins that load on the line of NetBox ``release``."""
    return REAL_PLUGINS / f"{'.'.join(release.lstrip('v').split('.')[:2])}.txt"


def plugins_of(file: Path) -> list[str]:
    """Return the plugins, by their names for PLUGINS, that the comment at the head of a requirements file lists."""
    listed = re.search(r"PLUGINS: ([\w, ]+)\.", file.read_text(encoding="utf-8"))
    assert listed, file
    return listed[1].split(", ")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.netbox", allow_abbrev=False)
    parser.add_argument("--netbox", help="the release (that of tox's environment, or NETBOX_TEST_RELEASE)")
    part = parser.add_mutually_exclusive_group()
    part.add_argument("--real-plugins", action="store_true")
    for name in ("main", "rest", "brief"):
        part.add_argument(f"--{name}", dest="part", action="store_const", const=name)
    own, others = parser.parse_known_args()
    own.netbox = own.netbox or asked_release()
    end = others.index("--") if "--" in others else len(others)
    if own.real_plugins:
        file = requirements(own.netbox)
        chosen = ["--requirements", str(file), "--plugins", ",".join(plugins_of(file))]
        tests = [str(REAL_PLUGINS)]
        # What freezes up to NetBox 4.3 depends on the order of each few; from 4.4 on nothing does, and there are rows.
        of_other_lines = ("test_branch.py",) if file.stem in FREEZING else ("test_branching.py", "test_orders.py")
        if BRANCHING not in file.read_text(encoding="utf-8"):
            of_other_lines = (*of_other_lines, "test_branch.py")
        tests += [f"--ignore={REAL_PLUGINS / name}" for name in of_other_lines]
    else:
        plugins, tests = list(PLUGINS), [str(SUITE), f"--ignore={REAL_PLUGINS}"]
        if own.part == "brief":
            tests = [str(SUITE / name) for name in BRIEF]
        # A plugin's capabilities belong to the line: its last release shows them.
        elif parse_version(own.netbox) in [row["last_tag"] for row in SUPPORTED]:
            plugins.append("netbox_animal_sounds")
        else:
            tests.append(f"--ignore={SUITE / 'test_animal_sounds.py'}")
        if own.part:
            tests.append(f"-m={'rest' if own.part == 'rest' else 'main'}")
        chosen = ["--plugins", ",".join(plugins), "--config", json.dumps(PLUGINS_CONFIG)]
    # A run that meant another NetBox than the one it got proves nothing (test_loaded.py). A branch is what it is.
    os.environ["NETBOX_TEST_RELEASE"] = "" if own.netbox in BRANCHES else own.netbox
    lab = ["pytest", "--netbox", own.netbox, *chosen, *others[:end]]
    sys.exit(main([*lab, "--", *tests, *others[end + 1 :]], may_be_left_out=True))
