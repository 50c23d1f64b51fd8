"""Each fault that docs/development/faults.md lists names tests that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "development" / "faults.md"


def names_of_tests(path):
    return {
        node.name
        for node in ast.parse((ROOT / path).read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_each_fault_names_tests_that_exist():
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 19
    for row in rows:
        fault, *said, tests = (cell.strip() for cell in row.strip("|").split(" | "))
        named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", tests)
        assert all(said), fault
        assert named, fault
        # Nothing else stands there, such as a name that is misspelt.
        assert ", ".join(f"`{path}::{name}`" for path, name in named) == tests
        missing = [name for path, name in named if name not in names_of_tests(path)]
        assert missing == [], fault
