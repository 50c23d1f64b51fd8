"""NetBoxes and unit tests that one worker asks about mutants."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.lab.database import DatabaseServer
from tests.lab.home import REPOSITORY_ROOT, Home
from tests.lab.lab import Lab, NetBox
from tests.lab.tools import prepare_tools
from tests.mutation.mutants import Mutant
from tests.mutation.plan import PACKAGE, PLAN, UNIT_TESTED, Stage
from tests.netbox.__main__ import PLUGINS, PLUGINS_CONFIG

SUITE = REPOSITORY_ROOT / "tests" / "netbox"
UNIT_TESTS = [REPOSITORY_ROOT / "tests" / "unit" / f"test_{name}.py" for name in ("compat", "supported_table")]
FRESH_LIMIT = 900
"""Seconds after which a process that tests one mutant counts as hanging."""


class BaselineError(Exception):
    """The tests fail without any mutant, so they prove nothing."""


class Tests:
    """The files of one stage in a NetBox that stays loaded, with a database of its own."""

    def __init__(self, netbox: NetBox, stage: Stage, copy: Path, log: Path) -> None:
        self.stage = stage
        self.home = Home()
        url = netbox.environ["NETBOX_LAB_DATABASE_URL"]
        self.template = urlsplit(url).path.lstrip("/")
        self.database = f"{self.template}_{copy.name}"
        self.server = DatabaseServer(self.home, prepare_tools(self.home), url)
        self.restore()
        files = [SUITE / f"test_{name}.py" for name in stage.files]
        self.command = netbox.inside(
            "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "tests.mutation.server", *files
        )
        self.environ = {
            **netbox.environ,
            "PYTHONPATH": os.pathsep.join([str(copy), netbox.environ["PYTHONPATH"]]),
            # Two versions of a file that are written within a second cannot be told apart by their compiled form.
            "PYTHONDONTWRITEBYTECODE": "1",
            "NETBOX_LAB_DATABASE_URL": self.server.url_of(self.database),
            "NETBOX_MUTATION_ORIGINAL": str(REPOSITORY_ROOT),
        }
        requests, self.requests = os.pipe()
        answers, writing = os.pipe()
        self.answers = os.fdopen(answers, encoding="utf-8")
        self.process = subprocess.Popen(
            [*self.command, "-s"],
            env={**self.environ, "NETBOX_MUTATION_REQUESTS": str(requests), "NETBOX_MUTATION_ANSWERS": str(writing)},
            pass_fds=(requests, writing),
            stdin=subprocess.DEVNULL,
            stdout=log.open("w"),
            stderr=subprocess.STDOUT,
        )
        os.close(requests)
        os.close(writing)
        if not self.answers.readline():
            raise BaselineError(f"{stage.release}: pytest cannot be started, see {log}")

    def restore(self) -> None:
        """Make the database as it was, whatever a mutant left in it."""
        self.server.execute(f'DROP DATABASE IF EXISTS "{self.database}" WITH (FORCE)')
        with self.home.lock(f"template-{self.template}"):
            self.server.execute(f'CREATE DATABASE "{self.database}" TEMPLATE "{self.template}"')

    def ask(self, module: str, source: str, *, probing: bool, backwards: bool = False) -> str:
        """Return the test that fails, or nothing; of those that start processes of their own only on request.

        Where definitions cannot be replaced in place, the quick tests run in a fresh process.
        """
        request = {"module": module, "source": source, "probing": probing, "backwards": backwards}
        os.write(self.requests, f"{json.dumps(request)}\n".encode())
        answer = json.loads(self.answers.readline())
        if answer.get("probing", True):
            self.restore()
        if answer["failed"] is None and not answer["replaced"] and not probing:
            return self.ask_fresh()
        return answer["failed"] or ""

    def ask_fresh(self) -> str:
        """Return the test that fails in a process that starts with the mutant, or nothing."""
        return run_tests(self.command, self.environ)

    def close(self) -> None:
        """End the process."""
        os.close(self.requests)
        self.process.wait()
        self.answers.close()
        self.server.execute(f'DROP DATABASE IF EXISTS "{self.database}" WITH (FORCE)')


def run_tests(command: list[Any], environ: dict[str, str], **options: Any) -> str:
    """Return the test that fails, or nothing."""
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            command, env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, **options
        )
        try:
            status = process.wait(FRESH_LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return "no end"
        output.seek(0)
        lines = output.read().splitlines()
    return "" if status == 0 else next((line for line in lines if line.startswith(("FAILED", "ERROR"))), "no start")


class Worker:
    """Tests mutants, one at a time, on a copy of the package."""

    def __init__(self, folder: Path) -> None:
        self.copy = folder
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(REPOSITORY_ROOT / PACKAGE, folder / PACKAGE, ignore=shutil.ignore_patterns("__pycache__"))
        self.stack = ExitStack()
        self.netboxes: dict[str, NetBox] = {}
        self.stages: dict[Stage, Tests] = {}

    def tests(self, stage: Stage) -> Tests:
        """Return the tests of a stage, ready."""
        if stage not in self.stages:
            if stage.release not in self.netboxes:
                self.netboxes[stage.release] = self.stack.enter_context(
                    Lab().open(stage.release, plugins=PLUGINS, plugins_config=PLUGINS_CONFIG)
                )
            log = self.copy / f"{stage.release}-{len(self.stages)}.log"
            tests = self.stages[stage] = Tests(self.netboxes[stage.release], stage, self.copy, log)
            self.stack.callback(tests.close)
        return self.stages[stage]

    def check(self, module: str, *, thorough: bool) -> None:
        """Raise BaselineError where the tests fail without a mutant."""
        source = self.path(module).read_text(encoding="utf-8")
        for stage in PLAN[module]:
            tests = self.tests(stage)
            failed = thorough and tests.ask_fresh()
            # A test that killed a mutant is the first to meet the next.
            for backwards in (False,) if thorough else (False, True):
                failed = failed or tests.ask(
                    imported(module), said_otherwise(source), probing=thorough, backwards=backwards
                )
            if failed:
                raise BaselineError(f"{module}: {failed} on NetBox {stage.release}")
        if module.startswith(UNIT_TESTED) and (failed := self.ask_unit_tests()):
            raise BaselineError(f"{module}: {failed}")

    def path(self, module: str) -> Path:
        """Return the file of a module in the copy."""
        return self.copy.joinpath(PACKAGE, *module.split(".")).with_suffix(".py")

    @contextmanager
    def mutated(self, mutant: Mutant) -> Iterator[None]:
        """Have the mutant in the copy."""
        path = self.path(mutant.module)
        original = path.read_text(encoding="utf-8")
        path.write_text(mutant.source, encoding="utf-8")
        try:
            yield
        finally:
            path.write_text(original, encoding="utf-8")

    def test(self, mutant: Mutant, *, thorough: bool) -> dict[str, Any]:
        """Return what becomes of a mutant: which test killed it, if any, and after how many seconds."""
        started = time.monotonic()
        with self.mutated(mutant):
            killed_by = self.kill(mutant, thorough=thorough)
        return {"killed_by": killed_by, "thorough": thorough, "seconds": round(time.monotonic() - started, 1)}

    def kill(self, mutant: Mutant, *, thorough: bool) -> str:
        """Return the first test that fails: of those that are quick, or of those that start processes."""
        if not thorough and mutant.module.startswith(UNIT_TESTED) and (failed := self.ask_unit_tests()):
            return failed
        for stage in PLAN[mutant.module]:
            tests = self.tests(stage)
            failed = thorough and tests.ask_fresh()
            if failed := failed or tests.ask(imported(mutant.module), mutant.source, probing=thorough):
                return f"{failed} on NetBox {stage.release}"
        return ""

    def ask_unit_tests(self) -> str:
        """Return the unit test that fails, or nothing."""
        paths = os.pathsep.join([str(self.copy), str(REPOSITORY_ROOT)])
        environ = {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *UNIT_TESTS]
        return run_tests(command, environ, cwd=self.copy)


def said_otherwise(source: str) -> str:
    """Return a source whose functions all differ from those of ``source``, and do the same."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.body.append(ast.Pass())
    return ast.unparse(tree)


def imported(module: str) -> str:
    """Return the name by which a module of the package is imported."""
    return f"{PACKAGE}.{module}".removesuffix(".__init__")
