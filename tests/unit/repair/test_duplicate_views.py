from __future__ import annotations

from types import SimpleNamespace

import pytest

from netbox_plugin_reloader.repair.duplicate_views import remove_duplicates


class One:
    pass


class Other:
    pass


JOURNAL = "netbox.views.generic.ObjectJournalView"


def model(label):
    """Return a new class for the model ``label``, as a plugin makes that regenerates its models."""
    return type("Model", (), {"_meta": SimpleNamespace(label_lower=label)})


def entry(name="tab", view=One, path=None, detail=True, **kwargs):
    return {"name": name, "view": view, "path": name if path is None else path, "detail": detail, "kwargs": kwargs}


def test_what_stands_once_is_left_alone():
    entries = [
        entry(),
        entry(path="elsewhere"),
        entry(detail=False),
        entry(name="other"),
    ]
    before = [dict(item) for item in entries]
    assert remove_duplicates(entries) == ((), ())
    assert entries == before


def test_the_first_of_equal_registrations_stays_and_the_list_is_the_same():
    first, second = entry(), entry()
    entries = [first, entry(name="other"), second, second]
    same = entries
    assert remove_duplicates(entries) == (("tab", "tab"), ())
    assert entries is same
    assert [item["name"] for item in entries] == ["tab", "other"]
    assert entries[0] is first


def test_one_entry_that_stands_twice_is_kept_once():
    only = entry()
    entries = [only, only]
    assert remove_duplicates(entries) == (("tab",), ())
    assert entries == [only]


def test_the_last_feature_view_of_a_regenerated_model_stays():
    old, new = model("app.thing"), model("app.thing")
    entries = [entry(view=JOURNAL, model=old), entry(view=JOURNAL, model=new), entry(view=JOURNAL, model=new)]
    assert remove_duplicates(entries) == (("tab", "tab"), ())
    assert [item["kwargs"]["model"] for item in entries] == [new]


@pytest.mark.parametrize(
    "second",
    [
        entry(view=Other),
        entry(view=JOURNAL),
        entry(extra=1),
        entry(model=model("app.other")),
        entry(model="app.thing"),
    ],
)
def test_different_views_under_one_identity_are_a_conflict(second):
    first = entry(model=model("app.thing"))
    entries = [first, second, first]
    assert remove_duplicates(entries) == (("tab",), ("tab",))
    assert entries == [first, second]


def test_regenerated_models_with_other_differences_are_a_conflict():
    entries = [entry(model=model("app.thing"), extra=1), entry(model=model("app.thing"), extra=2)]
    assert remove_duplicates(entries) == ((), ("tab",))


def test_a_view_and_its_dotted_path_are_the_same():
    path = f"{One.__module__}.{One.__qualname__}"
    assert remove_duplicates([entry(view=path), entry(view=One)])[0] == ("tab",)
    assert remove_duplicates([entry(view=One), entry(view=path)])[0] == ("tab",)
