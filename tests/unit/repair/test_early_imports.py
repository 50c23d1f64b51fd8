from __future__ import annotations

import sys
import textwrap
import types

import pytest
from django.apps import AppConfig, apps

from netbox_plugin_reloader.repair import early_imports


class Starting(AppConfig):
    """An app of NetBox whose ready() imports a module."""

    name = "starting_app"

    def __init__(self, imports):
        super().__init__(self.name, types.SimpleNamespace(__path__=["/nowhere"]))
        self.imports = imports

    def ready(self):
        exec(f"import {self.imports}", {"__name__": "netbox.plugins"})


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Make packages from their sources, and forget them afterwards."""
    known = set(sys.modules)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(early_imports, "_watcher", None)

    def package(**sources):
        for name, source in sources.items():
            module = tmp_path.joinpath(*name.split("__")).with_suffix(".py")
            module.parent.mkdir(exist_ok=True)
            module.write_text(textwrap.dedent(source))

    yield package
    early_imports.stop()
    for name in set(sys.modules) - known:
        del sys.modules[name]


@pytest.fixture
def starting(monkeypatch):
    """Make this a process whose NetBox reads its settings, and copies the registry in ``copying.forms``."""
    monkeypatch.setattr(apps, "apps_ready", False)
    monkeypatch.setattr(
        early_imports, "select", lambda version: types.SimpleNamespace(copying_modules={"copying.forms"})
    )


def config(name):
    return types.SimpleNamespace(name=name)


def test_the_plugin_and_the_chain_are_named(package, starting):
    package(copying__forms="", views="import copying.forms\n", one_plugin__search="\nimport views\n")
    early_imports.watch("4.5.10")
    __import__("one_plugin.search")
    early_imports.stop()
    (found,) = early_imports.early_imports([config("one"), config("one_plugin")], ())
    assert (found.module, found.plugin) == ("copying.forms", "one_plugin")
    assert [(step.module, step.line) for step in found.chain] == [("one_plugin.search", 2), ("views", 1)]
    assert found.chain[0].file.endswith("one_plugin/search.py")


def test_only_the_first_import_counts_and_nothing_after_the_end(package, starting):
    package(copying__forms="")
    early_imports.watch("4.5.10")
    early_imports.stop()
    __import__("copying.forms")
    assert early_imports.early_imports([], ()) == ()


@pytest.mark.parametrize(
    ("load", "netbox_apps", "plugins"),
    [
        pytest.param(
            Starting("copying.forms").ready, ["extras"], ["starting_app"], id="by an app that is not NetBox's"
        ),
        pytest.param(Starting("copying.forms").ready, ["starting_app"], [], id="by NetBox itself"),
        pytest.param(Starting("one_plugin.search").ready, ["starting_app"], ["one_plugin"], id="by what NetBox loads"),
        pytest.param(lambda: __import__("copying.forms"), [], [], id="by no app"),
    ],
)
def test_a_plugin_is_named_wherever_one_loaded_it(package, starting, load, netbox_apps, plugins):
    package(copying__forms="", one_plugin__search="import copying.forms\n")
    early_imports.watch("4.7.3")
    load()
    assert [found.plugin for found in early_imports.early_imports([config("one_plugin")], netbox_apps)] == plugins


@pytest.mark.parametrize(("is_started", "version"), [(True, "4.5.10"), (False, "9.9.9")], ids=["later", "unknown"])
def test_nothing_is_watched_later_and_on_an_unknown_netbox(monkeypatch, is_started, version):
    monkeypatch.setattr(apps, "apps_ready", is_started)
    before = list(sys.meta_path)
    early_imports.watch(version)
    assert sys.meta_path == before
