"""A pass costs as much as there are models; for seconds run ``python -m tools.benchmarks``."""

from __future__ import annotations

import sys

import pytest
from django.db import models
from netbox.models import NetBoxModel
from netbox.models.features import register_models

from netbox_plugin_reloader import reload_plugins

FEW, MANY = 20, 80
CALLS = 600
"""How many functions, of Python or C, a pass may call for a model in which nothing is wrong."""


def generate(name, count):
    """Make and register ``count`` models of plain_models."""
    for number in range(count):
        attributes = {"__module__": "plain_models.models", "name": models.CharField(max_length=50)}
        register_models(type(f"{name}{number}", (NetBoxModel,), attributes))


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


def test_a_pass_costs_the_same_for_each_model():
    reload_plugins()
    none = calls_of_a_pass()
    generate("Few", FEW)
    few = calls_of_a_pass()
    generate("Many", MANY)
    many = calls_of_a_pass()
    per_model = (few - none) / FEW
    assert 0 < per_model <= CALLS
    assert (many - few) / MANY == pytest.approx(per_model, rel=0.1)
