"""The JSON schema of the report: ``python -m tools.report_schema`` writes docs/report.schema.json.

It is made from the source of ``netbox_plugin_reloader/report.py``: a named tuple is an object, the text below a field
its description. The source is read and not run, because importing the package needs NetBox.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "netbox_plugin_reloader" / "report.py"
SCHEMA = ROOT / "docs" / "report.schema.json"

PLAIN: dict[str, dict[str, Any]] = {
    "str": {"type": "string"},
    "int": {"type": "integer", "minimum": 0},
    "float": {"type": "number", "minimum": 0},
}


def schema(source: str) -> dict[str, Any]:
    """Return the JSON schema of the class ``Report`` in ``source``, which is Python. Raises ValueError for a type."""
    tree = ast.parse(source)
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    constants = {
        ast.unparse(node.targets[0]): ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    }
    definitions: dict[str, dict[str, Any]] = {}
    tuples = {name: node for name, node in classes.items() if "NamedTuple" in map(ast.unparse, node.bases)}

    def description_of(annotation: ast.expr) -> dict[str, Any]:
        text = ast.unparse(annotation)
        if text in PLAIN:
            return PLAIN[text]
        if text in tuples:
            # Only what a report holds: other tuples of the module have no place in the schema.
            if text not in definitions:
                definitions[text] = {}
                definitions[text] = described(tuples[text])
            return {"$ref": f"#/$defs/{text}"}
        if text in classes:
            values = [node.value for node in classes[text].body if isinstance(node, ast.Assign)]
            return {"enum": [ast.literal_eval(value) for value in values]}
        if isinstance(annotation, ast.Subscript) and isinstance(annotation.slice, ast.Tuple):
            outer, (first, *others) = ast.unparse(annotation.value), annotation.slice.elts
            if outer == "Literal":
                return {"enum": [ast.literal_eval(value) for value in (first, *others)]}
            if outer == "tuple" and [ast.unparse(other) for other in others] == ["..."]:
                return {"type": "array", "items": description_of(first)}
        raise ValueError(f"the type {text} has no place in a JSON schema yet")

    def described(node: ast.ClassDef) -> dict[str, Any]:
        properties = {}
        for field, text in _fields(node):
            found = dict(description_of(field.annotation))
            # The number of the shape is the same in every report.
            if field.value is not None and (name := ast.unparse(field.value)) in constants:
                found = {"const": constants[name]}
            properties[ast.unparse(field.target)] = {**found, **({"description": text} if text else {})}
        return {
            "type": "object",
            "description": (ast.get_docstring(node) or "").partition("\n")[0],
            "additionalProperties": False,
            "required": list(properties),
            "properties": properties,
        }

    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "NetBox Plugin Reloader report",
        **described(tuples["Report"]),
        "$defs": definitions,
    }


def _fields(node: ast.ClassDef) -> Iterator[tuple[ast.AnnAssign, str]]:
    """Yield each field of a named tuple, and the text that stands below it."""
    for statement, following in zip(node.body, [*node.body[1:], None], strict=True):
        if isinstance(statement, ast.AnnAssign):
            text = following.value if isinstance(following, ast.Expr) else None
            yield statement, str(text.value) if isinstance(text, ast.Constant) else ""


def text_of(source: str) -> str:
    """Return what docs/report.schema.json holds for ``source``."""
    return f"{json.dumps(schema(source), indent=2)}\n"


if __name__ == "__main__":
    SCHEMA.write_text(text_of(SOURCE.read_text(encoding="utf-8")), encoding="utf-8")
