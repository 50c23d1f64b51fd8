"""docs/development/architecture.md shows the modules and what imports what, as the code has it."""

from __future__ import annotations

import ast
import re
from itertools import product
from pathlib import Path

import pytest

import netbox_plugin_reloader

PACKAGE = Path(netbox_plugin_reloader.__file__).parent
PAGE = (Path(__file__).parents[2] / "docs" / "development" / "architecture.md").read_text(encoding="utf-8")
TITLES = dict(re.findall(r"^    (\w+)\[\"([^\"]+)\"\]$", PAGE, re.MULTILINE))
ARROWS = set(re.findall(r"^    (\w+) --> (\w+)$", PAGE, re.MULTILINE))


def module_name(path):
    """Return the name of a module inside the package; that of the package itself is empty."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix("__init__").rstrip(".")


SOURCES = {
    module_name(path): path.read_text(encoding="utf-8")
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.read_text(encoding="utf-8")
}


def first_sentence(source):
    """Return the first paragraph of a module's docstring as Markdown on one line."""
    return ast.get_docstring(ast.parse(source)).split("\n\n")[0].replace("\n", " ").replace("``", "`")


def sections():
    """Return the modules that each section of the page lists, with what it says of each."""
    found = {}
    for section in PAGE.split("\n## ")[1:]:
        title, _, body = section.partition("\n")
        rows = re.findall(r"^\| `([\w.]+)` \| (.+) \|$", body, re.MULTILINE)
        if rows:
            found[title] = {"" if name == "netbox_plugin_reloader" else name: text for name, text in rows}
    return found


def imports(name):
    """Yield the modules of the package that the module ``name`` imports, ``__version__`` aside."""
    is_package = (PACKAGE / name.replace(".", "/")).is_dir()
    package = name if is_package else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(SOURCES[name])):
        if isinstance(node, ast.ImportFrom):
            parts = package.split(".") if package else []
            base = parts[: len(parts) + 1 - node.level] if node.level else (node.module or "").split(".")
            if not node.level and base.pop(0) != PACKAGE.name:
                continue
            base += node.module.split(".") if node.level and node.module else []
            for alias in node.names:
                module = ".".join([*base, alias.name])
                if alias.name != "__version__":
                    yield module if module in SOURCES else ".".join(base)


GROUPS = {name: title for title, modules in sections().items() for name in modules}


def test_each_module_stands_there_once_with_its_own_words():
    listed = [name for modules in sections().values() for name in modules]
    assert sorted(listed) == sorted(SOURCES)
    said = {name: text for modules in sections().values() for name, text in modules.items()}
    assert said == {name: first_sentence(source) for name, source in SOURCES.items()}


def test_the_picture_names_the_sections():
    assert sorted(TITLES.values()) == sorted(sections())


def test_the_arrows_are_the_imports_without_those_that_follow_from_others():
    edges = {
        (GROUPS[name], GROUPS[imported])
        for name in SOURCES
        for imported in imports(name)
        if GROUPS[name] != GROUPS[imported]
    }
    reached = set(edges)
    # Each round joins paths, so as many rounds as there are groups reach everything.
    for _ in TITLES:
        reached |= {(start, end) for (start, middle), (other, end) in product(reached, edges) if middle == other}
    assert not [group for group in TITLES.values() if (group, group) in reached]
    needed = {
        (start, end)
        for start, end in edges
        if not any((start, middle) in reached and (middle, end) in reached for middle in TITLES.values())
    }
    assert {(TITLES[start], TITLES[end]) for start, end in ARROWS} == needed


@pytest.mark.parametrize("name", [name for name in SOURCES if name.partition(".")[0] != "compat"])
def test_versions_are_compared_in_compat_only(name):
    assert not re.search(r"^\s*(?:from|import) packaging\b", SOURCES[name], re.MULTILINE)
