"""Combine what all environments measured, and fail unless every NetBox line ran and the whole package was run.

``python -m tools.coverage_gate FOLDER`` with the folder of the ``.coverage.<environment>.*`` files. Where NetBox cannot
be cloned, there is nothing to judge; that is a failure only where the variable CI is set.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.lab.not_run import left_out
from tests.lab.processes import call
from tests.lab.source import SUPPORTED


def main(folder: Path) -> int:
    factors = {row["line"]: row["line"].replace(".", "") for row in SUPPORTED}
    absent = [line for line, factor in factors.items() if not list(folder.glob(f".coverage.netbox{factor}*"))]
    if absent:
        reason = f"The contract suite did not run on NetBox {', '.join(absent)}: the coverage cannot be judged."
        print(reason)
        return 0 if left_out(reason) else 1
    combined: list[str | Path] = ["--data-file", folder / "combined"]
    combine = ["coverage", "combine", "--quiet", "--keep", *combined, *sorted(folder.glob(".coverage.*"))]
    return call(combine, os.environ) or call(["coverage", "report", *combined], os.environ)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
