"""All real plugins of a line together, in alphabetical and in reverse order: all is offered, once, and answers."""

from __future__ import annotations

import re

import pytest

from tests.netbox.__main__ import plugins_of, requirements

OURS = "netbox_plugin_reloader"
# Answers 500 to say that a service is not well: here, that no worker runs.
HEALTH = "plugins:netbox_healthcheck_plugin:healthcheck_list"
# These take the asset that they are about from their query.
ASSETS = {f"plugins:netbox_inventory:asset_{kind}_create" for kind in ("device", "inventoryitem", "module", "rack")}
# netbox-documents 0.8.5 names the actions of its list by strings, which NetBox 4.7 no longer takes.
DEFECTS = {"4.7": {"plugins:netbox_documents:document_list"}}
# One line that freezes and one that keeps rows: the pages of objects take minutes, and are NetBox's generic ones.
LINES_WITH_OBJECTS = ("4.2", "4.5")
# Sets of choices have one order in all processes then, and an object of a model the same values.
SAME = {"PYTHONHASHSEED": "0"}


@pytest.fixture(scope="module")
def plugins(strategy):
    """Return the plugins that the line's requirements name, in alphabetical order."""
    return plugins_of(requirements(strategy.line))


@pytest.fixture(scope="module")
def extent(strategy):
    """Return the argument of the probe that has it make an object of each model, where that is wanted."""
    return ["objects"] if strategy.line in LINES_WITH_OBJECTS else []


@pytest.fixture(scope="module")
def without_us(probe, plugins, extent):
    return probe("pages.py", *extent, plugins=plugins, **SAME)


@pytest.fixture(scope="module")
def first(probe, plugins, extent):
    """Return what NetBox shows with ourselves first in alphabetical order."""
    return probe("pages.py", *extent, plugins=[OURS, *plugins], **SAME)


@pytest.fixture(scope="module", params=["alphabetical", "reverse"])
def order(request, plugins):
    return [OURS, *plugins] if request.param == "alphabetical" else [*plugins[::-1], OURS]


@pytest.fixture(scope="module")
def with_us(request, probe, order):
    if order[0] == OURS:
        return request.getfixturevalue("first")
    return probe("pages.py", plugins=order)


def statuses(pages):
    return {name: status for name, (status, _) in pages.items()}


def test_the_defect_is_there_without_us(without_us, strategy):
    lacking = {form: len(labels) for form, labels in without_us["not_offered"].items()}
    print("without us, models of plugins that a form does not offer:", lacking)
    assert all(bool(count) is strategy.querysets_freeze for count in lacking.values())


def test_every_model_is_offered(with_us):
    assert not any(with_us["not_offered"].values())


def test_every_queryset_and_choice_list_is_live(probe, order, strategy):
    found = probe("walk.py", plugins=order)
    print(len(found["querysets"]), "querysets,", len(found["choices"]), "choice lists")
    assert len(found["querysets"]) >= len(strategy.querysets)
    assert [path for path, row in found["querysets"].items() if row["missing"] or row["extra"]] == []
    assert not any(found["choices"].values())
    assert found["report"]["failures"] == []


def test_nothing_is_there_twice(with_us, without_us):
    # What a plugin registers twice by itself, with the same view, is mended too.
    assert with_us["twice"] == {}
    print("without us, registered twice:", without_us["twice"])


def test_the_plugins_pages_answer(with_us, without_us, strategy):
    answers = statuses(with_us["starts"])
    print(f"{len(answers)} pages and endpoints of plugins, {list(answers.values()).count(200)} answer 200")
    assert {name for name, status in answers.items() if status >= 500} <= {
        HEALTH,
        *ASSETS,
        *DEFECTS.get(strategy.line, ()),
    }
    own = {name for name in answers if OURS in name}
    # Three must be posted, and nobody has asked for the fourth yet.
    assert {name: answers[name] for name in own if answers[name] != 200} == {
        f"plugins:{OURS}:recycle": 405,
        f"plugins:{OURS}:run_again": 405,
        f"plugins-api:{OURS}-api:recycle": 404,
        f"plugins-api:{OURS}-api:reload": 405,
    }
    assert {name: answers[name] for name in answers.keys() - own} == statuses(without_us["starts"])


def test_the_pages_of_objects_answer_as_without_us(first, without_us, extent):
    """Some pages take for granted what an object of ours does not have, and some plugins lack a template."""
    if not extent:
        pytest.skip(f"run on NetBox {' and '.join(LINES_WITH_OBJECTS)}")
    before, after = statuses(without_us["pages"]), statuses(first["pages"])
    print(f"{len(after)} pages with objects, {list(after.values()).count(200)} answer 200")
    print(f"no object: {', '.join(first['unmade'])}")
    assert after == before


def test_the_report_has_no_failure(with_us, plugins):
    report = with_us["report"]
    assert report["failures"] == []
    assert {plugin["name"] for plugin in report["plugins"]} == {OURS, *plugins}


def test_trace_names_who_loads_netboxs_forms(run_probe, plugins, frozen_by_netbox):
    done = run_probe("manage.py", "plugin_reloader", "trace", plugins=[*plugins, OURS])
    assert done.returncode == 0, done.stderr
    if frozen_by_netbox:
        # NetBox was there before them, and is no plugin.
        assert not re.search(r"^  extras\.forms\.\S+ by ", done.stdout, re.MULTILINE)
        return
    lines = done.stdout.splitlines()
    head = lines[lines.index("  extras.forms.model_forms by netbox_attachments") + 1]
    assert re.search(r"/netbox_attachments/template_content\.py:\d+ \(netbox_attachments\.template_content\)$", head)
