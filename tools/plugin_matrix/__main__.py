"""The command line: which plugins, on which releases, beside which others, and what becomes of the results."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

from tests.lab.__main__ import parse_config, terminate
from tests.lab.errors import LabError
from tests.lab.home import REPOSITORY_ROOT
from tests.lab.lab import Lab
from tests.lab.processes import TERMINATING_SIGNALS, say
from tests.lab.source import SUPPORTED, parse_version
from tools.plugin_matrix.page import page, text
from tools.plugin_matrix.requirement import requirement_of
from tools.plugin_matrix.trial import Matrix, Subject, Trial

NOT_TRIED = 2
PAGE = REPOSITORY_ROOT / "docs" / "development" / "evidence" / "plugins.md"
EVIDENCE = (
    "netbox-attachments",
    "netbox-bgp",
    "netbox-plugin-dns",
    "netbox-inventory",
    "netbox-lifecycle",
    "netbox-data-flows",
    "netbox-documents",
    "netbox-validity",
    "netbox-secrets",
    "netbox-security",
    "netbox-contract",
    "netbox-plugin-dhcp",
    "netbox-routing",
    "netbox-interface-synchronization",
)
"""The plugins of docs/development/evidence.md."""


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.plugin_matrix", description=__doc__, allow_abbrev=False)
    parser.add_argument(
        "plugins", nargs="*", metavar="PATH_OR_NAME", help="a checkout, a wheel, or a name on the index"
    )
    parser.add_argument("--netbox", default="", metavar="4.5,4.7.3", help="only these lines or releases")
    parser.add_argument("--with", dest="beside", default="", metavar="A,B", help="the plugins to try it beside")
    parser.add_argument("--plugin", default="", metavar="NAME", help="which plugin, where there are several in one")
    parser.add_argument("--config", default="{}", metavar="JSON", help="PLUGINS_CONFIG")
    parser.add_argument("--python", default="3.12", metavar="3.12", help="the Python NetBox runs on (%(default)s)")
    parser.add_argument(
        "--lines-json", action="store_true", help="try nothing: print the lines that it admits, as JSON"
    )
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write what was found to a file, too")
    parser.add_argument("--evidence", action="store_true", help=f"try the plugins of {PAGE.name}, and write that page")
    parser.add_argument("--again", action="store_true", help="try also what was tried before, with the same files")
    return parser


def releases_of(text: str) -> list[str]:
    """Return the first and the last release of each line that ``text`` names, or of all; the oldest first.

    Raises LabError if one is no line that is supported, and no release of one.
    """
    rows = {row["line"]: row for row in SUPPORTED}
    wanted = []
    for name in filter(None, map(str.strip, text.split(","))) if text else rows:
        line = ".".join(name.split(".")[:2])
        if line not in rows:
            raise LabError(f"NetBox {name} is of no line that is supported: give one of {', '.join(rows)}.")
        wanted += [rows[line]["first_tag"], rows[line]["last_tag"]] if name == line else [parse_version(name)]
    return sorted(dict.fromkeys(wanted), key=numbers)


def try_all(name: str, options: argparse.Namespace) -> list[Trial]:
    """Try one plugin on each release that it admits, print what was found, and return it.

    With ``--lines-json`` only print the lines. Raises LabError if the plugin cannot be tried.
    """
    releases = releases_of(options.netbox)
    matrix = Matrix(Lab())
    subject = Subject(
        requirement_of(matrix.lab.home, matrix.tools, name),
        plugin=options.plugin,
        companions=[each.strip() for each in options.beside.split(",") if each.strip()],
        python=options.python,
        config=parse_config(options.config),
        again=options.again,
    )
    plugin = matrix.describe(subject, releases)
    admitted = chosen_of(releases, plugin.admitted, [plugin.oldest, plugin.newest])
    if options.lines_json:
        lines = [row["line"] for row in SUPPORTED if any(release.startswith(f"{row['line']}.") for release in admitted)]
        print(json.dumps(lines))
        return []
    if not admitted:
        raise LabError(f"{plugin.name} {plugin.version} admits NetBox {plugin.limits}: none of {', '.join(releases)}.")
    trials = [matrix.try_on(subject, release) for release in admitted]
    print(text(trials, [release for release in releases if release not in admitted]), flush=True)
    return trials


def chosen_of(releases: Sequence[str], admitted: Sequence[str], limits: Sequence[str]) -> list[str]:
    """Return which releases a plugin is tried on: those of ``releases`` that it admits, the oldest first.

    Where it excludes the first or the last of a line, its own limit within that line takes the place.
    """
    found = {*releases} & {*admitted}
    for row in SUPPORTED:
        first, last = row["first_tag"], row["last_tag"]
        if {first, last} <= {*releases} and not {first, last} <= {*admitted}:
            own = {*limits} & {*admitted}
            found |= {limit for limit in own if numbers(first) < numbers(limit) < numbers(last)}
    return sorted(found, key=numbers)


def numbers(release: str) -> list[int]:
    """Return the numbers of a final release."""
    return [int(number) for number in release.split(".")]


def main(argv: Sequence[str]) -> int:
    """Try the plugins; return 0 if nothing failed, 1 if something did, and 2 if one could not be tried."""
    parser = build_parser()
    options = parser.parse_args(argv)
    names = list(options.plugins) or list(EVIDENCE) * options.evidence
    if not names:
        parser.error("name a plugin: the folder of a checkout, a wheel, or a name on the package index")
    file = PAGE if options.evidence else options.markdown
    found: list[list[Trial]] = []
    missing: dict[str, str] = {}
    for number, name in enumerate(names):
        try:
            found.append(try_all(name, options))
        except LabError as error:
            say(f"error: {error}")
            missing[name] = f"{name} was not tried: {error}"
        if file:
            # All of them take hours: what is there is told if the rest does not come.
            told = [*missing.values(), *(f"{other} was not tried yet." for other in names[number + 1 :])]
            today = datetime.now(timezone.utc).date()
            file.write_text(page(list(filter(None, found)), told, today), encoding="utf-8")
    if missing:
        return NOT_TRIED
    return int(any(trial.failed for trials in found for trial in trials))


if __name__ == "__main__":
    for terminating in TERMINATING_SIGNALS:
        signal.signal(terminating, terminate)
    sys.exit(main(sys.argv[1:]))
