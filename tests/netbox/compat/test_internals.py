"""Every private name of NetBox in the ledger is there on the lines that the ledger names, and gone on the others."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from tests.netbox.source import documentation

LEDGER = Path(__file__).parents[3] / "docs" / "development" / "netbox-internals.md"
ROWS = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \|", LEDGER.read_text(encoding="utf-8"), re.MULTILINE)
DOCUMENTED = re.findall(r"`([^`]+)` \| \[([^]]+)\]", LEDGER.read_text(encoding="utf-8"))


def resolve(name):
    """Return what ``module:attribute.attribute['key']`` names; raises ImportError, AttributeError or KeyError."""
    module, _, path = name.partition(":")
    found = import_module(module)
    for attribute, key in re.findall(r"(\w+)|\['(\w+)'\]", path):
        if not attribute:
            # registry[...] warns for "models" on 4.6.
            found = found.get(key) if key in found else found[key]
        elif attribute in getattr(found, "__annotations__", {}):
            found = found.__annotations__[attribute]
        else:
            found = getattr(found, attribute)
    return found


def test_the_ledger_is_read():
    assert len(ROWS) >= 30
    assert len(DOCUMENTED) >= 10


@pytest.mark.parametrize(("name", "releases"), ROWS, ids=[name for name, _ in ROWS])
def test_a_name_is_there_on_its_releases_only(name, releases, strategy):
    if SpecifierSet(releases).contains(strategy.release):
        assert resolve(name) is not None or name.endswith("._object_types")
    else:
        with pytest.raises((ImportError, AttributeError, KeyError)):
            resolve(name)


@pytest.mark.parametrize(("name", "page"), DOCUMENTED, ids=[name for name, _ in DOCUMENTED])
def test_netbox_documents_what_it_is_said_to_document(name, page):
    if ":" in name:
        assert resolve(name) is not None
    word = re.split(r"[:.]", name)[-1]
    text = documentation(page)
    assert len(text.split()) >= 100
    assert re.search(rf"\b{word}\b", text)


def test_a_plugins_resources_are_where_the_strategy_says(strategy):
    from netbox.plugins import DEFAULT_RESOURCE_PATHS

    modules = {name: path.rpartition(".")[0] for name, path in DEFAULT_RESOURCE_PATHS.items()}
    if "graphql_schema" not in strategy.resources:
        # Loaded when the schema is assembled, after all plugins' ready().
        del modules["graphql_schema"]
    assert strategy.resources == modules
