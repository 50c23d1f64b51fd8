"""Combine what all environments measured, and fail unless every NetBox line ran and the whole package was run.

``python -m tools.coverage_gate FOLDER`` with the folder of the ``.coverage.<environment>.*`` files. Where NetBox cannot
be cloned, there is nothing to judge; that is a failure only where the variable CI is set.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.lab.not_run import left_out

ROOT = Path(__file__).parents[1]
SUPPORTED = json.loads((ROOT / "netbox_plugin_reloader" / "compat" / "supported.json").read_text())


def main(folder: Path) -> int:
    absent = [
        row["line"] for row in SUPPORTED if not list(folder.glob(f".coverage.netbox{row['line'].replace('.', '')}*"))
    ]
    if absent:
        reason = f"The contract suite did not run on NetBox {', '.join(absent)}: the coverage cannot be judged."
        print(reason)
        return 0 if left_out(reason) else 1
    environ = {**os.environ, "COVERAGE_FILE": str(folder / "combined")}
    combine = ["coverage", "combine", "--quiet", "--keep", *map(str, sorted(folder.glob(".coverage.*")))]
    for command in (combine, ["coverage", "report"]):
        status = subprocess.run(command, cwd=ROOT, env=environ, check=False).returncode
        if status:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
