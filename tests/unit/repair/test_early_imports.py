from __future__ import annotations

import sys
import textwrap
import types

import pytest
from django.apps import AppConfig, apps

from netbox_plugin_reloader.repair import early_imports


class StartingConfig(AppConfig):
    name = "starting_plugin"

    def __init__(self):
        super().__init__(self.name, types.SimpleNamespace(__path__=["/nowhere"]))

    def ready(self):
        namespace = {"__name__": "netbox.plugins"}
        exec("import copying.forms", namespace)


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


def test_without_a_plugins_file_the_starting_one_is_named(package, starting):
    package(copying__forms="")
    early_imports.watch("4.5.10")
    StartingConfig().ready()
    (found,) = early_imports.early_imports([], ("extras",))
    assert found.plugin == "starting_plugin"


def test_what_netbox_loads_itself_is_left_out(package, starting):
    package(copying__forms="")
    early_imports.watch("4.7.3")
    StartingConfig().ready()
    assert early_imports.early_imports([], (StartingConfig.name,)) == ()


def test_a_plugin_that_netbox_loads_is_named_all_the_same(package, starting):
    package(copying__forms="", one_plugin__search="import copying.forms\n")
    early_imports.watch("4.7.3")
    with_plugin = type("Config", (StartingConfig,), {"ready": lambda self: __import__("one_plugin.search")})
    with_plugin().ready()
    (found,) = early_imports.early_imports([config("one_plugin")], (StartingConfig.name,))
    assert found.plugin == "one_plugin"


def test_what_no_app_loads_is_left_out(package, starting):
    package(copying__forms="")
    early_imports.watch("4.7.3")
    __import__("copying.forms")
    assert early_imports.early_imports([], ()) == ()


def test_nothing_is_watched_later(monkeypatch):
    monkeypatch.setattr(apps, "apps_ready", True)
    before = list(sys.meta_path)
    early_imports.watch("4.5.10")
    assert sys.meta_path == before


def test_nothing_is_watched_on_an_unknown_netbox(monkeypatch):
    monkeypatch.setattr(apps, "apps_ready", False)
    before = list(sys.meta_path)
    early_imports.watch("9.9.9")
    assert sys.meta_path == before
