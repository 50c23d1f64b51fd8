"""Processes hear of each other through NetBox's cache: who there is, and that something changed."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
import types
from io import StringIO

import pytest
from django.core import signing
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import transaction

from netbox_plugin_reloader import reload_plugins
from netbox_plugin_reloader.compat import running_version
from netbox_plugin_reloader.plugins import plugin_configs
from netbox_plugin_reloader.processes import announcements, generation, told_models
    asked = []

    class Plain(plugin_configs()[0].__class__):
        def __init__(self, label):
            self.name = self.label = label

        def get_models(self):
            asked.append(f"{self.label}: unasked")

    class Following(Plain):
        def follow_models(self):
            asked.append(self.label)
            return [] if self.label == "fine" else 1 / 0

    plugins = [Plain("plain"), Following("broken"), Following("fine")]
    monkeypatch.setattr(told_models, "plugin_configs", lambda: plugins)
    monkeypatch.setattr(told_models, "_known", {})
    yield asked
    cache.delete_many([f"{told_models.KEY}{plugin.label}" for plugin in plugins])


def elsewhere(app_labels):
    """Tell of models as another process does."""
    here = dict(told_models._known)
    told_models.tell(app_labels)
    told_models._known.clear()
    told_models._known.update(here)


def test_only_a_plugin_that_told_of_models_and_follows_them_is_asked(told, caplog):
    assert told_models.models_to_follow() == ([], [])
    elsewhere(["plain", "fine"])
    assert told_models.models_to_follow() == ([], ["fine"])
    elsewhere(["broken"])
    assert told_models.models_to_follow() == ([], [])
    assert told_models.models_to_follow() == ([], [])
    assert told == ["fine", "broken"]
    assert "broken: its models could not be followed by follow_models()" in caplog.text


def test_who_told_and_who_starts_has_nothing_to_follow(told):
    told_models.tell(["fine"])
    assert told_models.models_to_follow() == ([], [])
    elsewhere(["fine"])
    told_models.note_what_is_told()
    assert told_models.models_to_follow() == ([], [])
    assert told == []


def call(*arguments):
    out = StringIO()
    call_command("plugin_reloader", *arguments, stdout=out, stderr=out, no_color=True)
    return out.getvalue()


@pytest.mark.django_db
def test_the_command_lists_who_has_to_follow():
    assert "No process that serves NetBox is known." in call("reload")
    process = announcement(77, "netbox-1", plugins=plugin_versions())
    cache.set(announcements._key(process.process), process.signed(), timeout=60)
    out = call("reload")
    assert "netbox-1  gunicorn  web" in out
    assert "behind" in out
    assert "Plugins of 77 on netbox-1: " in out
    assert f"netbox_plugin_reloader {plugin_versions()['netbox_plugin_reloader']}" in out
    with pytest.raises(CommandError, match=r"^Not followed within 1 seconds: 1\."):
        call("reload", "--wait", "1")
    found = json.loads(call("reload", "--json"))
    assert found["generation"] == current_generation()
    assert [(process["pid"], process["state"]) for process in found["processes"]] == [(77, "behind")]
    assert found["report"]["format"] == 1


@pytest.mark.django_db
def test_the_command_says_that_nobody_hears_of_it(no_cache):
    with pytest.raises(CommandError, match="no other process hears of this"):
        call("reload")


@pytest.mark.parametrize("value", ["-1", "nan", "inf", "soon"])
def test_a_wait_that_is_no_time_is_named(value):
    with pytest.raises(CommandError, match=f"--wait: invalid seconds value: '{value}'"):
        call("reload", f"--wait={value}")
