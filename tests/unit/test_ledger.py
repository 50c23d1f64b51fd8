"""What our source takes from NetBox, and what the ledger says of it, is the same."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

import netbox_plugin_reloader
from netbox_plugin_reloader.compat import SUPPORTED
from tests.unit.netbox_names import REGISTRY, names_in, uses

PACKAGE = Path(netbox_plugin_reloader.__file__).parent
LEDGER = Path(__file__).parents[2] / "docs" / "development" / "netbox-internals.md"
TAKEN, REACHED, DOCUMENTED, _ = LEDGER.read_text(encoding="utf-8").split("\n## ")[1:]
ROW = re.compile(r"^\| `([^`]+)` \| [^|]+ \| ([^|]+) \|", re.MULTILINE)
STRATEGIES = [import_module(f"netbox_plugin_reloader.compat.{row.strategy}").STRATEGY for row in SUPPORTED]


def modules(cell):
    return set(re.findall(r"`([^`]+)`", cell))


def rows(section):
    return {name: modules(cell) for name, cell in ROW.findall(section)}


def in_tables():
    """Return the dotted paths of what test_declared_querysets.py compares with NetBox's source."""
    paths = set()
    for strategy in STRATEGIES:
        paths.update(path for row in strategy.querysets for path in (row.module, row.path))
        paths.update(row.path for row in strategy.choices)
        paths.update(strategy.object_change_views)
    return paths


def taken():
    """Return each name that our source takes from NetBox, and by which modules, with what only the strategies name."""
    listed = {name.replace(":", "."): name for name in (*rows(TAKEN), *rows(DOCUMENTED))}
    found = {}
    for name, where in uses(PACKAGE).items():
        if name not in in_tables():
            found.setdefault(listed.get(name, name), set()).update(where)
    for strategy in STRATEGIES:
        names = [f"{REGISTRY}[{store!r}]" for store in strategy.stores]
        names += [f"netbox.models.features:{mixin}" for mixin in strategy.feature_views.values()]
        for name in names:
            found.setdefault(name, set()).add("compat")
    # A module is there if what it is asked for is, and so is the registry.
    containers = {REGISTRY, *(name.partition(":")[0] for name in (*rows(TAKEN), *rows(REACHED)))}
    return {name: where for name, where in found.items() if name not in containers}


def test_what_is_taken_by_name_is_listed_and_what_is_listed_is_taken():
    assert taken() == rows(TAKEN) | rows(DOCUMENTED)


def test_what_is_reached_is_spoken_of_where_it_is_used():
    for name, where in rows(REACHED).items():
        assert where, name
        for module in where:
            paths = [PACKAGE / f"{module}.py", *(PACKAGE / module).glob("*.py")]
            text = " ".join(path.read_text(encoding="utf-8") for path in paths if path.is_file())
            word = name.rpartition(":")[2].rpartition(".")[2]
            assert re.search(rf"\b{re.escape(word)}\b", text), (name, module)


def test_no_row_stands_twice():
    names = ROW.findall(TAKEN + REACHED + DOCUMENTED)
    assert len(names) == len({name for name, _ in names}) == len(rows(TAKEN) | rows(REACHED) | rows(DOCUMENTED))


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("from core.models import ObjectType, Job", {"core.models:ObjectType", "core.models:Job"}),
        ("def inner():\n    if 1:\n        import extras.signals", {"extras.signals"}),
        ("sys.modules['users.models'].Token", {"users.models", "users.models:Token"}),
        ("module = sys.modules.get('core.jobs')\nmodule.run = 1", {"core.jobs", "core.jobs:run"}),
        ("if m := sys.modules.get('core.jobs'):\n    m.run()", {"core.jobs", "core.jobs:run"}),
        ("def f():\n    m = sys.modules['core.jobs']\ndef g():\n    m.run()", {"core.jobs"}),
        ("getattr(import_module('utilities.urls'), 'name', None)", {"utilities.urls", "utilities.urls:name"}),
        ("PATH = 'tenancy.forms.ContactForm'", {"tenancy.forms.ContactForm"}),
        ("registry['views']['dcim']", {f"{REGISTRY}['views']", f"{REGISTRY}['views']['dcim']"}),
        ("self.registry.get('search')", {f"{REGISTRY}['search']"}),
        ("self.store('views').get(label)", {f"{REGISTRY}['views']"}),
        ("self.features.has_feature", {"netbox.models.features:has_feature"}),
        ("settings.RELEASE, settings.DEBUG", {"netbox.settings:RELEASE"}),
        ("'''netbox.models'''\nfrom .netbox import x\nimport netbox_branching", set()),
        ("text = 'netbox is not core.'", set()),
    ],
)
def test_every_way_to_take_a_name_is_seen(source, names):
    assert names_in(source) == names
