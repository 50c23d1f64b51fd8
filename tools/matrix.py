"""The matrices of CI's workflow, from the supported table, as GitHub's outputs: ``python -m tools.matrix``."""

from __future__ import annotations

import json

from tests.lab.source import SUPPORTED
from tests.netbox.__main__ import REAL_PLUGINS


def matrices() -> dict[str, list[dict[str, str]]]:
    """Return the entries of each job whose environments follow from the table.

    The contract suite runs on the first and the last release of each line, on the line's oldest and newest Python.
    """
    entries: dict[str, list[dict[str, str]]] = {"unit": [], "netbox": [], "plugins": []}
    for python in {python: None for row in SUPPORTED for python in row["pythons"]}:
        entries["unit"].append({"python": python, "environment": f"unit-py{python.replace('.', '')}"})
    for row in SUPPORTED:
        factor = row["line"].replace(".", "")
        for release in {row["first_tag"]: None, row["last_tag"]: None}:
            first = "" if release == row["last_tag"] else "first"
            for python in (row["pythons"][0], row["pythons"][-1]):
                environment = f"netbox{factor}{first}-py{python.replace('.', '')}"
                entries["netbox"].append({"netbox": release, "python": python, "environment": environment})
        # When a line is new, no plugin may support it yet.
        if (REAL_PLUGINS / f"{row['line']}.txt").is_file():
            entries["plugins"].append({"line": row["line"], "environment": f"plugins{factor}"})
    return entries


if __name__ == "__main__":
    for job, include in matrices().items():
        print(f"{job}={json.dumps(include)}")
