"""The command line: which NetBox, which suites, and what becomes of the results."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path

from tests.lab.__main__ import terminate
from tests.lab.errors import LabError, NetBoxUnavailable
from tests.lab.home import REPOSITORY_ROOT, Home
from tests.lab.not_run import exit_status
from tests.lab.processes import TERMINATING_SIGNALS, say
from tests.lab.source import SUPPORTED, asked_release
from tools.releases.revision import tested_commit
from tools.suites.page import page
from tools.suites.suites import DECISIVE, PACKAGE, SUITES, Comparison, Run, Suite, run

PAGE = REPOSITORY_ROOT / "docs" / "development" / "evidence" / "netbox-tests.md"


class Memory:
    """The runs of one commit of ours, each in a file, so that a comparison goes on where it was interrupted.

    A run without us stays valid when the package changes.
    """

    def __init__(self) -> None:
        self.commits = {False: tested_commit(*DECISIVE), True: tested_commit(*DECISIVE, PACKAGE)}

    def path(self, release: str, suite: Suite, reloader: bool, suffix: str) -> Path:
        """Return the file for one run's outcomes, ``json``, or for what it printed, ``log``."""
        folder = Home().path / "suites" / (self.commits[reloader] or "uncommitted")
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{release}-{suite.name}-{'with' if reloader else 'without'}.{suffix}"

    def recall(self, release: str, suite: Suite, reloader: bool) -> Run | None:
        """Return a run that came to its end at this commit, or None."""
        path = self.path(release, suite, reloader, "json")
        return Run(**json.loads(path.read_text())) if self.commits[reloader] and path.exists() else None

    def compare(self, release: str, suite: Suite) -> Comparison | None:
        """Return both runs of a suite, or None when one is missing."""
        without, with_us = self.recall(release, suite, False), self.recall(release, suite, True)
        return Comparison(without, with_us) if without and with_us else None


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.suites", description=__doc__)
    releases = [row["last_tag"] for row in SUPPORTED]
    parser.add_argument("--netbox", choices=releases, help="a line's last release (that of tox's environment)")
    names = [suite.name for suite in SUITES]
    parser.add_argument("--suite", action="append", choices=names, help="only this one")
    parser.add_argument("--again", action="store_true", help="run also what was run at this commit")
    return parser


def main(argv: Sequence[str]) -> int:
    """Compare the suites on a NetBox release and return 0 if none differs.

    The part of docs/development/evidence.md is written again from all that this commit of ours has been compared on.
    """
    options = build_parser().parse_args(argv)
    options.netbox = options.netbox or asked_release()
    memory = Memory()
    different = False
    try:
        for suite in SUITES:
            if not options.suite or suite.name in options.suite:
                comparison = Comparison(*(_run(memory, options, suite, reloader) for reloader in (False, True)))
                different |= not comparison.alike
                for name, without, with_us in comparison.differences:
                    print(f"{name}: {without} without us, {with_us} with us")
                print(
                    f"{suite.name} on NetBox {options.netbox}: {comparison.without.run} tests without us, "
                    f"{comparison.with_us.run} with us, {len(comparison.differences)} differences",
                    flush=True,
                )
    except NetBoxUnavailable as error:
        return exit_status(error)
    except LabError as error:
        say(f"error: {error}")
        return error.exit_status
    commit = memory.commits[True]
    if commit and commit == tested_commit(*DECISIVE, PACKAGE):
        pairs = [(row["last_tag"], suite) for row in SUPPORTED for suite in SUITES]
        found = {(release, suite.name): memory.compare(release, suite) for release, suite in pairs}
        compared = {key: comparison for key, comparison in found.items() if comparison}
        PAGE.write_text(page(compared, commit, datetime.now(timezone.utc).date()), encoding="utf-8")
    else:
        say(f"{PAGE.name} is not written: what was run is not committed, or was changed meanwhile.")
    return int(different)


def _run(memory: Memory, options: argparse.Namespace, suite: Suite, reloader: bool) -> Run:
    remembered = None if options.again else memory.recall(options.netbox, suite, reloader)
    if remembered:
        return remembered
    words = f"{suite.name} on NetBox {options.netbox}, {'with' if reloader else 'without'} us"
    say(f"{words} …")
    done = run(suite, options.netbox, memory.path(options.netbox, suite, reloader, "log"), reloader=reloader)
    memory.path(options.netbox, suite, reloader, "json").write_text(json.dumps(asdict(done)))
    say(f"{words}: {done.run} tests, {len(done.failures)} failed, {done.seconds} s")
    return done


if __name__ == "__main__":
    for terminating in TERMINATING_SIGNALS:
        signal.signal(terminating, terminate)
    sys.exit(main(sys.argv[1:]))
