"""The strategy's table of querysets and NetBox's source agree, in both directions."""

from __future__ import annotations

import ast
from pathlib import Path

from django.conf import settings

MANAGER = "ObjectType.objects"


def assigned_names(statement):
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def declared_in(module, source):
    """Return path and feature of each class attribute in ``source`` that is built from public() or with_feature()."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.ClassDef):
            continue
        for statement in node.body:
            if not isinstance(statement, ast.Assign | ast.AnnAssign) or statement.value is None:
                continue
            for call in ast.walk(statement.value):
                if (
                    isinstance(call, ast.Call)
                    and isinstance(call.func, ast.Attribute)
                    and call.func.attr in ("public", "with_feature")
                    and ast.unparse(call.func.value) == MANAGER
                ):
                    feature = ast.literal_eval(call.args[0]) if call.args else None
                    for name in assigned_names(statement):
                        yield f"{module}.{node.name}.{name}", feature


def test_the_search_finds_each_way_to_declare_a_queryset():
    source = """
class Form:
    plain = Field(queryset=ObjectType.objects.public())
    annotated: Field = Field(queryset=ObjectType.objects.with_feature("tags").order_by("model"))
    other = Field(queryset=ObjectType.objects.all())
    empty: Field
    def method(self):
        local = ObjectType.objects.public()
"""
    assert list(declared_in("module", source)) == [
        ("module.Form.plain", None),
        ("module.Form.annotated", "tags"),
    ]


def test_table_and_source_agree(strategy):
    root = Path(settings.BASE_DIR)
    found = []
    for path in root.rglob("*.py"):
        parts = path.relative_to(root).with_suffix("").parts
        if "tests" not in parts and "migrations" not in parts:
            source = path.read_text(encoding="utf-8")
            if MANAGER in source:
                found += declared_in(".".join(parts), source)
    assert sorted(found, key=str) == sorted(((row.path, row.feature) for row in strategy.querysets), key=str)
