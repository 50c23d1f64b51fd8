"""All that the package costs and saves, on real NetBoxes, as a part of docs/development/evidence.md.

``python -m tools.benchmarks [--netbox 4.5.10 …] [--rounds 5] [--parts start_up …] [--page FILE]`` prints a table. It
ends with 1 and the names of the bounds that are broken, if any are.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

from tests.lab.errors import LabError, NetBoxUnavailable
from tests.lab.home import REPOSITORY_ROOT
from tests.lab.lab import Lab
from tests.lab.not_run import exit_status
from tests.lab.processes import run, say
from tests.lab.source import SUPPORTED
from tools.benchmarks.figures import HEAD, Figure
from tools.benchmarks.first_request import first_request
from tools.benchmarks.inside import every_request, growth, live_forms, memory, second_pass
from tools.benchmarks.start_up import start_up

PARTS = (start_up, growth, live_forms, second_pass, memory)
LONG_PARTS = (every_request, first_request)
"""These need a server, or a while, and depend on no line."""

LONG_RELEASE = "4.5.10"
PAGE = """\
<!-- Written by `tox run -e benchmarks -- --page docs/development/evidence/cost.md`. -->

{date}, commit `{commit}`{arguments}:

{table}
"""


def figures(releases: list[str], rounds: int, names: list[str]) -> Iterator[tuple[str, Figure]]:
    """Yield each figure of the parts with these names when it is measured, with its NetBox release."""
    for release in releases:
        every = [*PARTS, *(LONG_PARTS if release == LONG_RELEASE else ())]
        parts = [part for part in every if part.__name__ in names]
        with Lab().open(release) as netbox:
            for part in parts:
                for figure in part(netbox, rounds):
                    say(figure.row(release))
                    yield release, figure


def commit() -> str:
    """Return the short name of the commit that is checked out."""
    return run(["git", "-C", REPOSITORY_ROOT, "rev-parse", "--short", "HEAD"], "The commit cannot be told").strip()


def main() -> int:
    """Measure, print the table, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.benchmarks", description=__doc__)
    parser.add_argument("--netbox", nargs="+", default=[row["last_tag"] for row in SUPPORTED], metavar="RELEASE")
    parser.add_argument("--rounds", type=int, default=5)
    parts = [part.__name__ for part in (*PARTS, *LONG_PARTS)]
    parser.add_argument(
        "--parts", nargs="+", default=parts, choices=parts, help=f"of {', '.join(parts)}; all by default"
    )
    parser.add_argument("--page", type=Path, metavar="FILE", help="also write the part of the documentation")
    options = parser.parse_args()
    try:
        found = list(figures(options.netbox, options.rounds, options.parts))
    except NetBoxUnavailable as error:
        return exit_status(error)
    except LabError as error:
        say(f"error: {error}")
        return error.exit_status
    table = "\n".join([HEAD, *(figure.row(release) for release, figure in found)])
    print(table)
    if options.page:
        date = datetime.now(timezone.utc).date().isoformat()
        arguments = f", with `--rounds {options.rounds}`" if options.rounds != parser.get_default("rounds") else ""
        options.page.write_text(PAGE.format(date=date, commit=commit(), arguments=arguments, table=table), "utf-8")
    broken = [(release, figure) for release, figure in found if figure.is_broken]
    for release, figure in broken:
        say(f"error: bound broken on NetBox {release}: {figure.name}: {figure.median:.3g} > {figure.bound:g}")
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main())
