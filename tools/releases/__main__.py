"""The command line: which releases, how many at a time, and what becomes of the results."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import datetime, timezone

from tests.lab.__main__ import terminate
from tests.lab.errors import LabError, NetBoxUnavailable
from tests.lab.home import REPOSITORY_ROOT, Home
from tests.lab.lab import Lab
from tests.lab.not_run import left_out
from tests.lab.postgresql import postgresql_server
from tests.lab.processes import TERMINATING_SIGNALS, say
from tests.lab.source import BRANCHES, SOURCES, SUPPORTED, published
from tests.lab.tools import prepare_tools
from tools.releases.page import page, table
from tools.releases.revision import tested_commit
from tools.releases.runs import DECISIVE, Memory, Result, run
from tools.releases.tags import releases_to_verify, supported_rows, unknown_releases

PAGE = REPOSITORY_ROOT / "docs" / "development" / "evidence" / "releases.md"


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.releases", description=__doc__)
    parser.add_argument("--line", action="append", default=[], metavar="4.5", help="only the releases of this line")
    parser.add_argument("--netbox", action="append", default=[], metavar="REF", help="only this release or branch")
    parser.add_argument("--python", default="3.12", metavar="3.12", help="the Python NetBox runs on (%(default)s)")
    parser.add_argument("--remembered", action="store_true", help="run nothing: show what this commit has shown before")
    parser.add_argument(
        "--new", action="store_true", help="run nothing: fail if there are releases newer than the table"
    )
    parser.add_argument("--jobs", type=int, default=2, metavar="2", help="how many releases at a time (%(default)s)")
    return parser


def main(argv: Sequence[str]) -> int:
    """Verify the releases, print the table and return 0 if all passed.

    A release that passed at this commit of ours is not run again. A line whose source cannot be reached is named, and
    is a failure only where the variable CI is set. The part of docs/development/evidence.md is written when all
    supported releases were asked for.
    """
    options = build_parser().parse_args(argv)
    absent: dict[str, str] = {}
    try:
        if options.new:
            return look_for_new()
        rows = supported_rows(options.line)
        known = {} if options.netbox else ask({row["source"] for row in rows}, absent)
        releases = options.netbox or releases_to_verify(known, [row for row in rows if row["source"] in known])
        commit = tested_commit(*DECISIVE)
        results = verify(releases, options.python, 0 if options.remembered else options.jobs, commit)
    except (LabError, ValueError) as error:
        say(f"error: {error}")
        return 1
    print(table(results))
    failed = [result.netbox for result in results if result.passed is False]
    passed = sum(result.passed is True for result in results)
    print(f"\n{passed} of {len(results)} passed.")
    if failed:
        print(f"Failed: {', '.join(failed)}. What they printed is in {Home().path / 'releases' / 'results'}.")
    not_run = [
        f"NetBox {', '.join(row['line'] for row in rows if row['source'] == source)}: {reason}"
        for source, reason in absent.items()
    ]
    if not_run:
        print("\n".join(f"Not run: {line}" for line in not_run))
    elif not options.line and not options.netbox:
        if commit and commit == tested_commit(*DECISIVE):
            PAGE.write_text(page(results, commit, datetime.now(timezone.utc).date(), options.jobs), encoding="utf-8")
        else:
            say(f"{PAGE.name} is not written: what was run is not committed, or was changed meanwhile.")
    everything = not not_run or left_out(" ".join(not_run))
    return 0 if passed == len(results) and everything else 1


def ask(sources: Iterable[str], absent: dict[str, str]) -> dict[str, list[str]]:
    """Return which NetBox releases each of the ``sources`` has; ``absent`` gets the reason if one has no answer."""
    tools = prepare_tools(Home())

    def asked(source: str) -> list[str]:
        try:
            return published(source, tools)
        except NetBoxUnavailable as error:
            absent[source] = str(error)
            return []

    return {source: names for source in sorted(sources) if (names := asked(source))}


def look_for_new() -> int:
    """Print which releases the supported table does not know yet, of each source, and return 1 if there are any.

    A source that cannot be asked is named, and is a failure only where the variable CI is set.
    """
    absent: dict[str, str] = {}
    known = ask(SOURCES, absent)
    found = unknown_releases(known, SUPPORTED)
    for source, releases in found.items():
        told = f"not known to supported.json: {', '.join(releases)}" if releases else "nothing that is not known"
        print(f"{source}: {told}.")
    for source, reason in absent.items():
        print(f"Not asked: {source}: {reason}")
    return int(any(found.values()) or (bool(absent) and not left_out(" ".join(absent.values()))))


def verify(releases: Sequence[str], python: str, jobs: int, commit: str) -> list[Result]:
    """Run each release that `commit` of ours has not passed yet, and return the results in the order of `releases`.

    `jobs` says how many are run at a time; with 0 none is run, and the remembered results are returned. What was made
    for a release is removed as soon as it is done. Raises LabError when the lab cannot be made.
    """
    # A home of its own, because this removes what is in it.
    home = Home(Home().path / "releases")
    memory = Memory(home.path / "results", commit)
    remembered = {netbox: memory.recall(netbox, python) for netbox in releases if netbox not in BRANCHES}
    results = {netbox: result for netbox, result in remembered.items() if result}
    due = [netbox for netbox in releases if netbox not in results or not results[netbox].passed]
    if len(due) < len(releases):
        say(f"{len(releases) - len(due)} of {len(releases)} releases passed before, at this commit.")
    if jobs and due:
        results |= _run_all(due, python, jobs, home, memory)
    return [results.get(netbox) or Result(netbox, python, None, 0, None, 0) for netbox in releases]


def _run_all(releases: Sequence[str], python: str, jobs: int, home: Home, memory: Memory) -> dict[str, Result]:
    results: dict[str, Result] = {}
    environ = {**os.environ, "NETBOX_LAB_HOME": str(home.path)}
    running: set[subprocess.Popen[bytes]] = set()
    with postgresql_server(home, prepare_tools(home)) as database_url, ThreadPoolExecutor(jobs) as executor:

        def verify_one(netbox: str) -> Result:
            say(f"{netbox} …")
            result = run(netbox, python, memory.folder, environ, running)
            memory.keep(result)
            if netbox not in BRANCHES:
                Lab(home.path).remove(netbox, database_url)
            return result

        futures = [executor.submit(verify_one, netbox) for netbox in releases]
        try:
            for future in as_completed(futures):
                result = future.result()
                results[result.netbox] = result
                say(
                    f"[{len(results)}/{len(releases)}] {result.netbox} on Python {result.python}: "
                    f"{'passed' if result.passed else 'FAILED'}, {result.tests} tests, {result.repaired} repaired, "
                    f"{result.seconds} s"
                )
        except BaseException:
            executor.shutdown(wait=False, cancel_futures=True)
            for process in list(running):
                process.terminate()
            raise
    return results


if __name__ == "__main__":
    for terminating in TERMINATING_SIGNALS:
        signal.signal(terminating, terminate)
    sys.exit(main(sys.argv[1:]))
