"""``python -m tests.mutation [MODULE …]``: mutate the package, and name the mutants that no test notices."""

from __future__ import annotations

import argparse
import json
import re
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from tests.lab.home import REPOSITORY_ROOT, Home
from tests.mutation.mutants import Mutant, mutants
from tests.mutation.plan import PACKAGE, PLAN
from tests.mutation.session import Worker

LISTED = REPOSITORY_ROOT / "docs" / "development" / "mutation.md"


class Results:
    """What is known about mutants, by their keys, in a file that only grows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = threading.Lock()
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        self.known = {row["key"]: row for row in map(json.loads, lines)}

    def add(self, mutant: Mutant, result: dict[str, Any]) -> None:
        """Remember what became of a mutant."""
        row = {"key": mutant.key, "module": mutant.module, "line": mutant.line, "operator": mutant.operator, **result}
        with self.lock, self.path.open("a", encoding="utf-8") as file:
            self.known[mutant.key] = row
            file.write(f"{json.dumps(row)}\n")

    def is_open(self, mutant: Mutant, *, thorough: bool) -> bool:
        """Whether a mutant has not been killed, nor met the quick tests, or all of them."""
        row = self.known.get(mutant.key)
        return row is None or (thorough and not row["killed_by"] and not row["thorough"])

    def killed(self, mutant: Mutant) -> bool:
        """Whether a test noticed a mutant."""
        return mutant.key in self.known and bool(self.known[mutant.key]["killed_by"])


def run(chosen: list[Mutant], results: Results, folder: Path, count: int, *, thorough: bool) -> None:
    """Test the mutants on ``count`` workers."""
    queue = iter(chosen)
    lock = threading.Lock()

    def work(number: int) -> None:
        worker = Worker(folder / f"worker_{number}")
        with worker.stack:
            checked: set[str] = set()
            while True:
                with lock:
                    mutant = next(queue, None)
                if mutant is None:
                    return
                if mutant.module not in checked:
                    worker.check(mutant.module, thorough=thorough)
                    checked.add(mutant.module)
                result = worker.test(mutant, thorough=thorough)
                results.add(mutant, result)
                fate = f"killed by {result['killed_by']}" if result["killed_by"] else "not killed"
                print(f"{mutant.module}:{mutant.line} {mutant.operator} {fate} {result['seconds']} s", flush=True)

    with ThreadPoolExecutor(count) as pool:
        for future in as_completed([pool.submit(work, number) for number in range(count)]):
            future.result()


def main() -> int:
    """Do what the command line says; 1 if a mutant is left that the documentation does not list."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description="Mutate the package.")
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"of {', '.join(PLAN)}; all by default")
    parser.add_argument("--workers", type=int, default=2, metavar="2", help="at a time (%(default)s)")
    parser.add_argument("--again", action="store_true", help="test those that were not killed once more")
    parser.add_argument("--quick", action="store_true", help="do without the tests that start processes of their own")
    options = parser.parse_args()
    if unknown := set(options.modules) - PLAN.keys():
        parser.error(f"{', '.join(sorted(unknown))}: known are {', '.join(PLAN)}")
    folder = Home().path / "mutation"
    folder.mkdir(exist_ok=True)
    results = Results(folder / "results.jsonl")
    listed = set(re.findall(r"`([0-9a-f]{8})`", LISTED.read_text(encoding="utf-8"))) if LISTED.exists() else set()
    every: list[Mutant] = []
    for module in [name for name in PLAN if name in options.modules or not options.modules]:
        made = mutants_of(module)
        every += made
        if options.again:
            for mutant in made:
                if not results.killed(mutant):
                    results.known.pop(mutant.key, None)
        for thorough in (False,) if options.quick else (False, True):
            # Who lists a mutant has said why no test can tell: the long tests need not try.
            pending = [
                mutant
                for mutant in made
                if results.is_open(mutant, thorough=thorough) and not (thorough and mutant.key in listed)
            ]
            tests = "all tests" if thorough else "the quick tests"
            print(f"{module}: {len(made)} mutants, {len(pending)} to meet {tests}", flush=True)
            if pending:
                run(pending, results, folder, options.workers, thorough=thorough)
    survivors = [mutant for mutant in every if not results.killed(mutant)]
    for mutant in survivors:
        if mutant.key not in listed:
            print(f"\n{mutant.key} {mutant.module}:{mutant.line} {mutant.operator}\n{mutant.difference}")
    for module, count in Counter(mutant.module for mutant in every).items():
        left = [mutant for mutant in survivors if mutant.module == module]
        unlisted = sum(mutant.key not in listed for mutant in left)
        print(f"{module}: {count} mutants, {count - len(left)} killed, {len(left)} left, {unlisted} of them not listed")
    return int(any(mutant.key not in listed for mutant in survivors))


def mutants_of(module: str) -> list[Mutant]:
    """Return the mutants of a module of the package."""
    path = REPOSITORY_ROOT.joinpath(PACKAGE, *module.split(".")).with_suffix(".py")
    return mutants(module, path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main())
