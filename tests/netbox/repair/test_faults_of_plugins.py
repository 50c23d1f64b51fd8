"""What a plugin does wrong is named, and costs nobody else anything: not NetBox, and not the other plugins."""

from __future__ import annotations

import gc
import itertools
import threading
import time

import pytest
from dcim.models import Site
from django import forms
from django.apps import apps
from netbox.registry import registry
from run_time_models.making import make_class

from netbox_plugin_reloader import reload_plugins
from netbox_plugin_reloader.checks import check_report
from netbox_plugin_reloader.repair.class_querysets import class_querysets
from netbox_plugin_reloader.repair.object_types import check_object_types
from netbox_plugin_reloader.repair.registration import Registrar
from netbox_plugin_reloader.repair.reload_pass import FORGOTTEN

OURS = "netbox_plugin_reloader"
HEALED = {"doubled_views", "forgotten_ready"}
PLUGINS = ["raising_meta", "raising_models", "circular_imports", *sorted(HEALED), OURS]
NAMELESS = "raising_meta.models.Nameless"
NO_NAME = "RuntimeError: this model has no name"


@pytest.fixture(scope="module")
def found(probe):
    """Return what a web process with all of the misbehaving plugins says and does."""
    return probe("misbehaving.py", plugins=PLUGINS)


def rows(found, state, plugin=None, report="report"):
    return [
        (row["kind"], row["subject"], row["names"]) for row in found[report][state] if plugin in (None, row["plugin"])
    ]


def test_the_other_plugins_are_repaired(found):
    assert {row["plugin"] for row in found["report"]["repairs"]} >= HEALED
    assert ("views", "doubled_views.doubled", ["journal", "changelog", "contested", "repeated"]) in rows(
        found, "repairs", "doubled_views"
    )
    assert {plugin["name"] for plugin in found["report"]["plugins"]} == set(PLUGINS)


def test_a_plugin_that_raises_in_get_models_is_repaired_itself(found):
    assert [subject for kind, subject, _ in rows(found, "repairs", "raising_models") if "registration" in kind] == [
        "raising_models.raising"
    ]
    assert ("plugin", "ready()", [FORGOTTEN]) in rows(found, "findings", "raising_models")
    assert rows(found, "failures", "raising_models") == []


def test_a_model_whose_meta_raises_is_one_failure_of_each_kind(found, strategy):
    expected = [("model registration", NAMELESS, [NO_NAME])]
    if strategy.object_type_rows:
        expected.append(("object type", NAMELESS, [NO_NAME]))
        assert found["failures_of_rows"] == [["raising_meta", NAMELESS, [NO_NAME]]]
    assert rows(found, "failures", "raising_meta") == expected
    assert "raising_meta.named" in [subject for _, subject, _ in rows(found, "repairs", "raising_meta")]
    assert ["W005", f"A repair failed: raising_meta: model registration {NAMELESS}: {NO_NAME}."] in found["checks"]
    assert ("ERROR", f"raising_meta: model registration of {NAMELESS} failed") in found["log"]


def test_circular_imports_are_left_to_netbox_and_cost_nothing(found):
    # As it is without us.
    error = "ImportError: cannot import name 'RoundForm' from partially initialized module 'circular_imports.forms'"
    assert found["broken"].startswith(error)
    assert found["mended"] == [200, 200]
    warnings = [message for level, message in found["log"] if level == "WARNING"]
    # At the start, and once more before the first request.
    assert len(warnings) == 2
    for warning in warnings:
        assert warning.startswith(f"NetBox's URLconf cannot be loaded now; the first request tries again: {error}")


def test_what_was_wrong_with_a_plugin_is_made_up_for_when_it_no_longer_is(found):
    assert "raising_meta.nameless" in [subject for _, subject, _ in rows(found, "repairs", "raising_meta", "later")]
    assert rows(found, "failures", "raising_meta", "later") == []


@pytest.fixture(params=["late_models.Late", "companion.Accompanied"])
def raising_app(request, monkeypatch):
    """Have an app's model raise when Django wants to know whether it is one of its app's models; return the app."""
    options = apps.get_model(request.param)._meta

    class RaisingOptions(type(options)):
        @property
        def swapped(self):
            raise RuntimeError("no swapping today")

    monkeypatch.setattr(options, "__class__", RaisingOptions)
    return options.app_label


@pytest.mark.django_db
def test_an_app_whose_models_cannot_be_listed_is_one_failure_of_each_kind(raising_app, strategy, doubled, caplog):
    double, is_repaired = doubled
    double()
    report = reload_plugins()
    problem = ("RuntimeError: no swapping today",)
    failures = [(row.plugin, row.subject, row.names) for row in report.failures]
    # Only plugins are summed up.
    subjects = ("all models", "summary") if raising_app == "late_models" else ("all models",)
    assert failures == [(raising_app, subject, problem) for subject in subjects]
    assert is_repaired(report)
    assert f"{raising_app}: model registration of all models failed" in caplog.text
    if strategy.object_type_rows:
        rows = [(row.plugin, row.subject, row.names) for row in check_object_types(strategy).failures]
        assert rows == [(raising_app, "all models", problem)]


class Unhashable(type(forms.Form)):
    def __eq__(self, other):
        return self is other


def test_every_class_is_examined_whatever_its_metaclass():
    class UnhashableForm(forms.Form, metaclass=Unhashable):
        field = forms.ModelChoiceField(queryset=Site.objects.all())

    class Nested(UnhashableForm):
        other = forms.ModelChoiceField(queryset=Site.objects.all())

    skipped = []
    paths = [path for path, *_ in class_querysets(lambda path, error: skipped.append(path))]
    assert skipped == []
    start = f"{__name__}.{test_every_class_is_examined_whatever_its_metaclass.__name__}.<locals>"
    assert [path for path in paths if path.startswith(start)] == [
        f"{start}.UnhashableForm.field",
        f"{start}.Nested.other",
    ]


def make_form(position, name="Passing"):
    field = forms.ModelChoiceField(queryset=Site.objects.all())
    return type(name, (forms.Form,), {"__module__": __name__, f"field_{position}": field})


def test_form_classes_may_be_collected_during_the_walk():
    passing = [make_form(position, "Walked") for position in range(5)]
    walk = class_querysets(lambda path, error: pytest.fail(f"{path}: {error}"))
    walked = 0
    for found in walk:
        walked += found[0].startswith(f"{__name__}.Walked.")
        if passing:
            passing.pop()
            gc.collect()
    # A class is held while the walk may come to it.
    assert walked == 5
    del found, walk
    gc.collect()
    assert "Walked" not in {form.__name__ for form in forms.Form.__subclasses__()}


@pytest.fixture
def busy():
    """Return a function that calls another one over and over in a thread, until the test ends; it must not raise."""
    stop, errors, threads = threading.Event(), [], []

    def work(function):
        try:
            while not stop.is_set():
                function()
        except Exception as error:
            errors.append(error)

    def start(function):
        threads.append(threading.Thread(target=work, args=(function,)))
        threads[-1].start()

    yield start
    stop.set()
    for thread in threads:
        thread.join()
    assert errors == []


@pytest.fixture
def doubled():
    """Return a function that doubles a view of a plugin, and another that tells whether a report repaired that."""
    entries = registry["views"]["plain_models"]["everything"]
    return (
        lambda: entries.append(dict(entries[0])),
        lambda report: "plain_models.everything" in [row.subject for row in report.repairs],
    )


def test_models_may_be_swapped_and_views_and_forms_made_during_the_pass(db, busy, doubled):
    double, is_repaired = doubled
    numbers = itertools.count()

    def register_views():
        number = next(numbers) % 50
        registry["views"][f"passing_{number}"] = {f"model_{number}": []}
        registry["views"].pop(f"passing_{49 - number}", None)
        time.sleep(0.0001)

    def make_things():
        make_class()
        make_form(next(numbers))
        time.sleep(0.0001)

    busy(make_things)
    busy(register_views)
    passes = 0
    while passes < 10 or next(numbers) < 20:
        double()
        report = reload_plugins()
        assert report.failures == ()
        assert is_repaired(report)
        passes += 1


def test_a_class_that_was_swapped_during_the_pass_takes_over_with_the_next(db, monkeypatch):
    old, new = make_class(), []
    register = Registrar.register

    def swap_then_register(registrar, model, **options):
        if model is old:
            new.append(make_class())
        register(registrar, model, **options)

    monkeypatch.setattr(Registrar, "register", swap_then_register)
    assert reload_plugins().failures == ()
    assert classes_of_views() == {old}
    assert reload_plugins(*new).failures == ()
    assert classes_of_views() == set(new)
    names = [entry["name"] for entry in registry["views"]["run_time_models"]["made"]]
    assert len(names) == len(set(names))


def classes_of_views():
    entries = registry["views"]["run_time_models"]["made"]
    return {entry["kwargs"]["model"] for entry in entries if "model" in entry["kwargs"]}


@pytest.fixture(params=[["no", "dictionary"], {"model": [{"name": "broken"}]}], ids=["no dictionary", "no view"])
def wrong_inside(request):
    """Put what is no dictionary, or no view, where the registry keeps an app's views; return what is to be named."""
    registry["views"]["broken_app"] = request.param
    return ("broken_app.*", "AttributeError") if isinstance(request.param, list) else ("broken_app.model", "KeyError")


def test_a_store_that_is_wrong_inside_is_named_and_the_rest_repaired(wrong_inside, caplog):
    subject, error = wrong_inside
    # Behind the broken one.
    entries = registry["views"]["later_app"].setdefault("model", [])
    entries += [{"name": "a", "detail": True, "path": "a", "view": "a.A", "kwargs": {}}] * 2
    report = reload_plugins()
    (failure,) = report.failures
    assert (failure.plugin, failure.subject) == ("broken_app", subject)
    assert failure.names[0].startswith(error)
    assert ("later_app.model", ("a",)) in [(row.subject, row.names) for row in report.repairs]
    assert f"broken_app: views of {subject} failed" in caplog.text
    assert f"{OURS}.W005" in [message.id for message in check_report()]


def test_a_step_that_fails_on_its_way_is_one_failure(monkeypatch, doubled, caplog):
    double, is_repaired = doubled

    def refresh_snapshots(this_pass):
        raise RuntimeError("no snapshots today")

    monkeypatch.setattr("netbox_plugin_reloader.repair.reload_pass._Pass.refresh_snapshots", refresh_snapshots)
    double()
    report = reload_plugins()
    (failure,) = report.failures
    assert (failure.plugin, failure.names) == ("netbox", ("RuntimeError: no snapshots today",))
    assert "netbox: reload pass of refresh_snapshots failed" in caplog.text
    assert is_repaired(report)
