from __future__ import annotations

import pytest
from django.conf import settings

from netbox_plugin_reloader import config
from netbox_plugin_reloader.configuration import DEFAULTS, PLUGIN_NAME, problems, setting

WRONG_TYPE = ("'warm_up'", "is of type str but must be of type bool")
UNKNOWN = ("'warmup'", "it may have: warm_up")


@pytest.mark.parametrize(
    ("configured", "warm_up", "said"),
    [
        ({}, True, None),
        ({PLUGIN_NAME: {"warm_up": False}}, False, None),
        ({PLUGIN_NAME: {"warm_up": "marker"}}, True, WRONG_TYPE),
        ({PLUGIN_NAME: {"warm_up": False, "warmup": 1}}, False, UNKNOWN),
        *(({PLUGIN_NAME: entry}, True, ["must be a dictionary"]) for entry in (None, ["marker"], True, "marker")),
    ],
)
def test_a_setting_is_read_and_what_is_wrong_is_named_without_its_value(monkeypatch, configured, warm_up, said):
    monkeypatch.setattr(settings, "PLUGINS_CONFIG", configured)
    if PLUGIN_NAME in configured:
        config.validate(configured[PLUGIN_NAME], "4.5.10")
    assert setting("warm_up") is warm_up
    found = problems()
    assert len(found) == (0 if said is None else 1)
    for part in said or ():
        assert part in found[0]
    assert "marker" not in str(found)


def test_defaults_are_filled_in_by_netbox():
    entry = {}
    config.validate(entry, "4.5.10")
    assert entry == DEFAULTS
