from __future__ import annotations

from types import SimpleNamespace

import pytest

from netbox_plugin_reloader.repair.duplicate_views import remove_duplicates


class One:
    pass


class Other:
    pass


JOURNAL = "netbox.views.generic.ObjectJournalView"
PATH = f"{One.__module__}.{One.__qualname__}"


def model(label):
    """Return a new class for the model ``label``, as a plugin makes that regenerates its models."""
    return type("Model", (), {"_meta": SimpleNamespace(label_lower=label)})


def entry(name="tab", view=One, path=None, detail=True, **kwargs):
    return {"name": name, "view": view, "path": name if path is None else path, "detail": detail, "kwargs": kwargs}


ONLY, THING, OLD, NEW = entry(), entry(model=model("app.thing")), model("app.thing"), model("app.thing")
REGENERATED = [entry(view=JOURNAL, model=made) for made in (OLD, NEW, NEW)]


@pytest.mark.parametrize(
    ("entries", "left", "conflicts"),
    [
        pytest.param([ONLY, entry(path="elsewhere"), entry(detail=False), entry("other")], [0, 1, 2, 3], 0, id="once"),
        pytest.param([ONLY, entry("other"), entry(), entry()], [0, 1], 0, id="the first of equals stays"),
        pytest.param([ONLY, ONLY], [0], 0, id="one that stands twice"),
        pytest.param(REGENERATED, [1], 0, id="the last feature view of a regenerated model stays"),
        pytest.param([entry(view=PATH), ONLY], [0], 0, id="a dotted path and its view"),
        pytest.param([ONLY, entry(view=PATH)], [0], 0, id="a view and its dotted path"),
        pytest.param([THING, entry(view=Other), THING], [0, 1], 1, id="another view"),
        pytest.param([THING, entry(view=JOURNAL), THING], [0, 1], 1, id="another view's path"),
        pytest.param([THING, entry(extra=1), THING], [0, 1], 1, id="other arguments"),
        pytest.param([THING, entry(model=model("app.other")), THING], [0, 1], 1, id="another model"),
        pytest.param([THING, entry(model="app.thing"), THING], [0, 1], 1, id="what is no model"),
        pytest.param([entry(model=OLD, extra=1), entry(model=NEW, extra=2)], [0, 1], 1, id="regenerated and changed"),
    ],
)
def test_what_stands_twice_is_removed_and_what_differs_is_a_conflict(entries, left, conflicts):
    before, entries = entries, list(entries)
    gone = tuple("tab" for position in range(len(before)) if position not in left)
    assert remove_duplicates(entries) == (gone, ("tab",) * conflicts)
    assert [id(item) for item in entries] == [id(before[position]) for position in left]
