"""Where NetBox's source and documentation are, and what NetBox and plugins copy from the registry in class bodies."""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

# tests.lab says it: settings.BASE_DIR is not the source of a NetBox that was installed as a wheel.
ROOT = Path(os.environ["NETBOX_LAB_ROOT"])
PACKAGES = frozenset(json.loads(os.environ["NETBOX_LAB_PACKAGES"]))

MANAGER = "ObjectType.objects"
CHOICES = ("get_event_type_choices", "get_data_backend_choices")


def is_netbox(module: ModuleType) -> bool:
    """Return whether a module is NetBox's own: the packages of a wheel stand beside those of all others."""
    return module.__name__.partition(".")[0] in PACKAGES and Path(
        getattr(module, "__file__", None) or ""
    ).is_relative_to(ROOT)


def sources() -> dict[str, str]:
    """Return the source of each of NetBox's modules but its tests and migrations, by the module's dotted path."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path.read_text(encoding="utf-8")
        for package in sorted(PACKAGES)
        for path in (ROOT / package).rglob("*.py")
        if not {"tests", "migrations"} & set(path.relative_to(ROOT).parts)
    }


def documentation(page: str) -> str:
    """Return what a page of NetBox's documentation says, such as ``plugins/development/models.md``.

    Of a page in HTML that is the article alone: what stands around it names every other page.
    """
    folder = Path(os.environ["NETBOX_LAB_DOCUMENTATION"])
    if (folder / page).exists():
        return (folder / page).read_text(encoding="utf-8")
    text = (folder / page.removesuffix(".md").removesuffix("/index") / "index.html").read_text(encoding="utf-8")
    (article,) = re.findall(r"<article.*?</article>", text, re.DOTALL)
    return re.sub(r"<[^>]+>", "", article)


def _assigned(tree: ast.Module) -> Iterator[tuple[str, str, ast.expr]]:
    """Yield class, attribute and value of each assignment in a class body."""
    for node in ast.walk(tree):
        for statement in node.body if isinstance(node, ast.ClassDef) else ():
            if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
                targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                for target in targets:
                    if isinstance(target, ast.Name):
                        yield node.name, target.id, statement.value


def _is_registry_queryset(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("public", "with_feature")
        and ast.unparse(node.func.value) == MANAGER
    )


def declared_querysets(module: str, source: str) -> Iterator[tuple[str, str | None]]:
    """Yield path and feature of each class attribute in ``source`` that is built from public() or with_feature()."""
    if MANAGER.partition(".")[0] not in source:
        return
    for class_name, name, value in _assigned(ast.parse(source)):
        for call in ast.walk(value):
            if _is_registry_queryset(call):
                feature = ast.literal_eval(call.args[0]) if call.args else None
                yield f"{module}.{class_name}.{name}", feature


def queryset_expressions(source: str) -> Iterator[tuple[str, str, str]]:
    """Yield class, attribute and the whole expression of each queryset that is built from the registry."""
    for class_name, name, value in _assigned(ast.parse(source)):
        for call in ast.walk(value):
            for keyword in call.keywords if isinstance(call, ast.Call) else ():
                if keyword.arg == "queryset" and any(map(_is_registry_queryset, ast.walk(keyword.value))):
                    yield class_name, name, ast.unparse(keyword.value)


def declared_choices(module: str, source: str) -> Iterator[tuple[str, str]]:
    """Yield path and function name of each class attribute whose choices are computed when the class is made."""
    if not any(name in source for name in CHOICES):
        return
    for class_name, name, value in _assigned(ast.parse(source)):
        for call in ast.walk(value):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in CHOICES:
                yield f"{module}.{class_name}.{name}", call.func.id
