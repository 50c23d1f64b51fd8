"""A pass costs as much as there are models; for seconds run ``python -m tools.benchmarks``."""

from __future__ import annotations

import sys

import pytest
from django.apps import apps
from django.db import models
from netbox.models import NetBoxModel
from netbox.models.features import register_models
from netbox.registry import registry

from netbox_plugin_reloader import reload_plugins

FEW, MANY = 20, 80
CALLS = 600
"""How many functions, of Python or C, a pass may call for a model in which nothing is wrong."""


@pytest.fixture
def generate():
    """Return a function that makes and registers a number of models of plain_models, which are gone afterwards."""
    names = []

    def generate(count):
        for _ in range(count):
            names.append(f"Cost{len(names)}")
            attributes = {"__module__": "plain_models.models", "name": models.CharField(max_length=50)}
            register_models(type(names[-1], (NetBoxModel,), attributes))

    yield generate
    stores = [registry["views"], registry.get("models") or {}]
    stores += [labels for labels in registry["model_features"].values() if isinstance(labels, dict)]
    for name in map(str.lower, names):
        del apps.all_models["plain_models"][name]
        for store in stores:
            kept = store.get("plain_models", set())
            kept.pop(name, None) if isinstance(kept, dict) else kept.discard(name)
    apps.clear_cache()


def calls_of_a_pass():
    """Return how many functions a pass calls."""
    calls = 0

    def count(frame, event, argument):
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        report = reload_plugins()
    finally:
        sys.setprofile(before)
    assert not report.repairs
    return calls


def test_a_pass_costs_the_same_for_each_model(generate):
    reload_plugins()
    none = calls_of_a_pass()
    generate(FEW)
    few = calls_of_a_pass()
    generate(MANY)
    many = calls_of_a_pass()
    per_model = (few - none) / FEW
    assert 0 < per_model <= CALLS
    assert (many - few) / MANY == pytest.approx(per_model, rel=0.1)
