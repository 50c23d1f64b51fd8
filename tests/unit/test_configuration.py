from __future__ import annotations

import pytest
from django.conf import settings

from netbox_plugin_reloader import config
from netbox_plugin_reloader.configuration import DEFAULTS, PLUGIN_NAME, problems, setting


@pytest.fixture
def configure(monkeypatch):
    def configure(entry):
        monkeypatch.setattr(settings, "PLUGINS_CONFIG", {PLUGIN_NAME: entry})

    return configure


def test_nothing_needs_to_be_configured(monkeypatch):
    monkeypatch.setattr(settings, "PLUGINS_CONFIG", {})
    assert setting("warm_up") is True
    assert problems() == []


def test_a_setting_is_read(configure):
    configure({"warm_up": False})
    assert setting("warm_up") is False
    assert problems() == []


def test_a_value_of_a_wrong_type_is_named_and_the_default_used(configure):
    configure({"warm_up": "no"})
    assert setting("warm_up") is True
    (problem,) = problems()
    assert "'warm_up'" in problem
    assert "is of type str but must be of type bool" in problem
    assert "'no'" not in problem


def test_an_unknown_key_is_named_with_those_that_are_known(configure):
    configure({"warm_up": False, "warmup": 1})
    assert setting("warm_up") is False
    (problem,) = problems()
    assert "'warmup'" in problem
    assert "it may have: warm_up" in problem


@pytest.mark.parametrize("entry", [None, ["marker"], True, "marker"])
def test_an_entry_that_is_no_dictionary_is_named_and_the_defaults_used(configure, entry):
    configure(entry)
    config.validate(entry, "4.5.10")
    assert setting("warm_up") is True
    (problem,) = problems()
    assert "must be a dictionary" in problem
    assert "marker" not in problem


def test_defaults_are_filled_in_by_netbox():
    entry = {}
    config.validate(entry, "4.5.10")
    assert entry == DEFAULTS
