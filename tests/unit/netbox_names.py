"""Find in our own source what it takes from NetBox by a name of Python.

Names are written as the ledger does: ``module:attribute['key']``. What is reached through an object, such as a method
of a queryset, no source tells.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

from django.conf import global_settings

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


def is_netbox(module: str) -> bool:
    """Return whether a dotted path begins with one of NetBox's packages."""
    return module.partition(".")[0] in PACKAGES


class Names(ast.NodeVisitor):
    """Collects the names in one module."""

    def __init__(self) -> None:
        self.found: set[str] = set()
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
        if isinstance(node.value, str) and DOTTED.fullmatch(node.value):
            self.found.add(node.value)


def names_in(source: str) -> set[str]:
    """Return what Python ``source`` takes from NetBox."""
    names = Names()
    names.visit(ast.parse(source))
    return names.found


def uses(package: Path) -> dict[str, set[str]]:
    """Return each name of NetBox in the modules of ``package``, and which of these modules, or folders, take it."""
    found = defaultdict(set)
    for path in package.rglob("*.py"):
        part = path.relative_to(package).parts[0].removesuffix(".py")
        for name in names_in(path.read_text(encoding="utf-8")):
            found[name].add(package.name if part == "__init__" else part)
    return found
