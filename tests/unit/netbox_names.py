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

    def held_by(self, node: ast.AST) -> str | None:
        """Return what of NetBox an expression is: a module, its registry, or a store of that."""
        match node:
            case ast.NamedExpr(value=value):
                return self.held_by(value)
            case ast.Name() | ast.Attribute():
                return self.held.get(ast.unparse(node))
            case (
                ast.Subscript(value=container, slice=ast.Constant(value=key))
                | ast.Call(func=ast.Attribute(value=container, attr="get"), args=[ast.Constant(value=key), *_])
                | ast.Call(func=container, args=[ast.Constant(value=key), *_])
            ):
                if ast.unparse(container) in ("sys.modules", "import_module"):
                    return key if is_netbox(key) else None
                store = REGISTRY if ast.unparse(container) == STORE else self.held_by(container)
                return f"{store}[{key!r}]" if store and store.startswith(REGISTRY) else None
        return None

    def hold(self, target: ast.expr, value: ast.expr | None) -> None:
        if isinstance(target, ast.Name) and target.id not in HELD:
            self.held.pop(target.id, None)
            if value is not None and (held := self.held_by(value)):
                self.held[target.id] = held

    def visit(self, node: ast.AST) -> None:
        outside = dict(self.held)
        match node:
            case ast.Expr(value=ast.Constant()):
                # A docstring takes nothing.
                return
            case ast.Import(names=aliases):
                self.found.update(alias.name for alias in aliases if is_netbox(alias.name))
            case ast.ImportFrom(level=0, module=str(module), names=aliases) if is_netbox(module):
                self.found.update(f"{module}:{alias.name}" for alias in aliases)
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self.hold(target, value)
            case ast.AnnAssign(target=target, value=value) | ast.NamedExpr(target=target, value=value):
                self.hold(target, value)
            case ast.Attribute(value=ast.Name(id="settings"), attr=name) if not hasattr(global_settings, name):
                self.found.add(f"netbox.settings:{name}")
            case (
                ast.Attribute(value=value, attr=name)
                | ast.Call(func=ast.Name(id="getattr"), args=[value, ast.Constant(value=name), *_])
            ):
                if (held := self.held_by(value)) and not held.startswith(REGISTRY):
                    self.found.add(f"{held}:{name}")
            case ast.Subscript() | ast.Call():
                if (held := self.held_by(node)) and held.startswith(REGISTRY):
                    self.found.add(held)
            case ast.Constant(value=str(text)) if DOTTED.fullmatch(text):
                self.found.add(text)
        self.generic_visit(node)
        if isinstance(node, ast.FunctionDef):
            self.held = outside


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
