"""Find in our own source what it takes from NetBox: names of Python, and what templates and URL names refer to.

Names are written as the ledger does: ``module:attribute['key']``. What is reached through an object, such as a method
of a queryset, no source tells.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import global_settings
from django.template.engine import Engine
from django.template.library import import_library

PACKAGES = (
    *("account", "circuits", "core", "dcim", "extras", "ipam", "netbox", "tenancy", "users", "utilities"),
    *("virtualization", "vpn", "wireless"),
)
REGISTRY = "netbox.registry:registry"
HELD = {"registry": REGISTRY, "self.registry": REGISTRY, "self.features": "netbox.models.features"}
"""Expressions that stand for something of NetBox wherever they occur, because it is handed from module to module."""

STORE = "self.store"
"""The method that gives a store of the registry by its name."""

DOTTED = re.compile(rf"(?:{'|'.join(PACKAGES)})(?:\.\w+)+")
URL_NAME = re.compile(r"[a-z][\w-]*(?::[\w-]+)+")


def is_netbox(module: str) -> bool:
    """Return whether a dotted path begins with one of NetBox's packages."""
    return module.partition(".")[0] in PACKAGES


class Names(ast.NodeVisitor):
    """Collects the names in one module."""

    def __init__(self) -> None:
        self.found: set[str] = set()
        self.urls: set[str] = set()
        self.templates: set[str] = set()
        self.held = dict(HELD)

    def held_by(self, node: ast.expr) -> str | None:
        """Return what of NetBox an expression is: a module, its registry, or a store of that."""
        if isinstance(node, ast.NamedExpr):
            return self.held_by(node.value)
        if isinstance(node, ast.Name | ast.Attribute):
            return self.held.get(ast.unparse(node))
        key, container = None, node
        if isinstance(node, ast.Subscript):
            container, key = node.value, node.slice
        elif isinstance(node, ast.Call) and node.args:
            container, key = node.func, node.args[0]
            if isinstance(container, ast.Attribute) and container.attr == "get":
                container = container.value
        if not isinstance(key, ast.Constant):
            return None
        if ast.unparse(container) in ("sys.modules", "import_module"):
            return key.value if is_netbox(key.value) else None
        store = REGISTRY if ast.unparse(container) == STORE else self.held_by(container)
        return f"{store}[{key.value!r}]" if store and store.startswith(REGISTRY) else None

    def hold(self, target: ast.expr, value: ast.expr | None) -> None:
        if isinstance(target, ast.Name) and target.id not in HELD:
            self.held.pop(target.id, None)
            if value is not None and (held := self.held_by(value)):
                self.held[target.id] = held

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self.hold(target, node.value)
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.hold(node.target, node.value)
        self.generic_visit(node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.hold(node.target, node.value)
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        outside = dict(self.held)
        self.generic_visit(node)
        self.held = outside

    def visit_Expr(self, node: ast.Expr) -> None:
        # A docstring takes nothing.
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        self.found.update(alias.name for alias in node.names if is_netbox(alias.name))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if not node.level and is_netbox(str(node.module)):
            self.found.update(f"{node.module}:{alias.name}" for alias in node.names)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        held = self.held_by(node.value)
        if held and not held.startswith(REGISTRY):
            self.found.add(f"{held}:{node.attr}")
        if ast.unparse(node.value) == "settings" and not hasattr(global_settings, node.attr):
            self.found.add(f"netbox.settings:{node.attr}")
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.take_store(node)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        self.take_store(node)
        if isinstance(node.func, ast.Name) and node.func.id == "getattr":
            held, name = self.held_by(node.args[0]), node.args[1]
            if held and isinstance(name, ast.Constant):
                self.found.add(f"{held}:{name.value}")
        self.generic_visit(node)

    def take_store(self, node: ast.expr) -> None:
        held = self.held_by(node)
        if held and held.startswith(REGISTRY):
            self.found.add(held)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            if DOTTED.fullmatch(node.value):
                self.found.add(node.value)
            elif URL_NAME.fullmatch(node.value):
                self.urls.add(node.value.partition(":")[0])
            elif node.value.endswith(".html"):
                self.templates.add(node.value)


def names_in(source: str) -> Names:
    """Return what Python ``source`` takes from NetBox."""
    names = Names()
    names.visit(ast.parse(source))
    return names


def template_names_in(source: str) -> Iterator[tuple[str, str]]:
    """Yield kind and name of what a template takes from others: templates, tag libraries, blocks, tags and filters.

    The blocks are those at the top of a template that extends another one.
    """
    yield from (("URL namespace", name.partition(":")[0]) for name in re.findall(r"{% url '([^']+)'", source))
    yield from (("template", name) for name in re.findall(r"{% (?:extends|include) '([^']+)'", source))
    yield from (("library", name) for names in re.findall(r"{% load (.+?) %}", source) for name in names.split())
    depth = 0
    for tag, name in re.findall(r"{% (\w+)(?: ([\w-]+))?", source):
        if tag == "block" and depth == 0:
            yield "block", name
        depth += {"block": 1, "endblock": -1}.get(tag, 0)
    tags, filters = _of_django()
    yield from (("tag", tag) for tag in re.findall(r"{% (\w+)", source) if tag.removeprefix("end") not in tags)
    expressions = " ".join(re.findall(r"{[{%].*?[}%]}", source))
    yield from (("filter", name) for name in re.findall(r"\|(\w+)", expressions) if name not in filters)


def _of_django() -> tuple[set[str], set[str]]:
    libraries = [import_library(name) for name in Engine.default_builtins]
    parts = {"elif", "else", "empty", "plural"}
    return (
        parts.union(*(library.tags for library in libraries)),
        set().union(*(library.filters for library in libraries)),
    )


def uses(package: Path) -> dict[str, set[str]]:
    """Return each name of NetBox in the modules of ``package``, and which of these modules, or folders, take it."""
    found = defaultdict(set)
    for path in package.rglob("*.py"):
        for name in names_in(path.read_text(encoding="utf-8")).found:
            found[name].add(_part(path, package))
    return found


def template_uses(package: Path) -> dict[tuple[str, str], set[str]]:
    """Return what the templates of ``package`` and its URL names take from others, and where."""
    found = defaultdict(set)
    for path in package.rglob("*.html"):
        for kind_and_name in template_names_in(path.read_text(encoding="utf-8")):
            found[kind_and_name].add(_part(path, package))
    for path in package.rglob("*.py"):
        names = names_in(path.read_text(encoding="utf-8"))
        for kind, values in (("URL namespace", names.urls), ("template", names.templates)):
            for name in values:
                found[kind, name].add(_part(path, package))
    blocks = {name for path in package.rglob("*.html") for name in _own_blocks(path.read_text(encoding="utf-8"))}
    return {
        (kind, name): where
        for (kind, name), where in found.items()
        if not (kind == "template" and name.startswith(f"{package.name}/")) and not (kind == "block" and name in blocks)
    }


def _own_blocks(source: str) -> Iterable[str]:
    names = re.findall(r"{% block ([\w-]+)", source)
    top = [name for kind, name in template_names_in(source) if kind == "block"]
    return set(names) - set(top)


def _part(path: Path, package: Path) -> str:
    part = path.relative_to(package).parts[0].removesuffix(".py")
    return package.name if part == "__init__" else part
