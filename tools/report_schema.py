"""The JSON schema of the report: ``python -m tools.report_schema`` writes docs/report.schema.json.

It is made from ``netbox_plugin_reloader/report.py``: pydantic reads its named tuples as models, and the text below a
field as its description. That file is run by itself, because importing the package needs NetBox.
"""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from pydantic import BaseModel, ConfigDict
from pydantic.json_schema import GenerateJsonSchema

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "netbox_plugin_reloader" / "report.py"
SCHEMA = ROOT / "docs" / "report.schema.json"


class Shape(BaseModel):
    """What a named tuple of the report is while its schema is made: each field is always there, and no other is."""

    model_config = ConfigDict(
        extra="forbid", json_schema_serialization_defaults_required=True, use_attribute_docstrings=True
    )


class Generator(GenerateJsonSchema):
    """Writes plain schemas: no number of a report is negative, and a field's name is all the title that it needs."""

    def int_schema(self, schema: Any) -> dict[str, Any]:
        return {**super().int_schema(schema), "minimum": 0}

    def float_schema(self, schema: Any) -> dict[str, Any]:
        return {**super().float_schema(schema), "minimum": 0}

    def default_schema(self, schema: Any) -> dict[str, Any]:
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schema(source: str) -> dict[str, Any]:
    """Return the JSON schema of what ``as_dict`` of the class ``Report`` in ``source``, which is Python, returns."""
    # pydantic looks the texts up in the file, and takes one that is imported already for another module's.
    with TemporaryDirectory() as folder, patch("typing.NamedTuple", Shape):
        path = Path(folder, SOURCE.name)
        path.write_text(source, encoding="utf-8")
        module = runpy.run_path(str(path))
    found: dict[str, Any] = module["Report"].model_json_schema(mode="serialization", schema_generator=Generator)
    # The number of the shape is the same in every report.
    found["properties"]["format"]["const"] = module["FORMAT"]
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        **found,
        "title": "NetBox Plugin Reloader report",
        "description": found["description"].partition("\n")[0],
    }


if __name__ == "__main__":
    found = schema(SOURCE.read_text(encoding="utf-8"))
    SCHEMA.write_text(f"{json.dumps(found, indent=2)}\n", encoding="utf-8")
