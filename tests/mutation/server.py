"""A pytest plugin for a NetBox process that tests one mutant after the other, each in a fork of its own.

NetBox is loaded and the tests are collected once. The parent reads requests, JSON lines, from the file descriptor
NETBOX_MUTATION_REQUESTS, and answers through NETBOX_MUTATION_ANSWERS. A request names the module and gives its source
as mutated, and says whether to run the tests that start processes of their own, and in which order; the answer is the
identifier of the first test that failed, or null. In the fork the definitions that the
mutant changes are replaced in place, so that whoever imported them has the mutant. A test that starts processes of its
own (the fixtures ``probe`` and ``run_probe``) has it there anyway, from the disk.
"""

from __future__ import annotations

import ast
import importlib
import itertools
import json
import os
import select
import signal
import sys
import types
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

SILENCE = 240
"""Seconds after which a test that has not ended counts as hanging."""

PROBING = {"probe", "run_probe"}
SLOW = {
    "test_it_is_used_through_netboxs_own_pages",
    "test_manage_check_runs_our_checks",
    "test_the_checks_need_a_named_database",
}
"""Tests that take seconds and start no process; only what survives the quick ones meets them."""
DERIVED = "netbox_plugin_reloader.compat.v"


class NotReplaceable(Exception):
    """A definition cannot be changed in place; only a process that starts with the mutant has it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run what needs no process of its own first, and nothing else where no requests are served."""
    if "NETBOX_MUTATION_REQUESTS" not in os.environ:
        items[:] = [item for item in items if not _probes(item)]
    items.sort(key=_probes)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Serve requests until there are no more; without requests, pytest runs the tests as ever."""
    from django.db import connections
    from django.urls import get_resolver
    from pytest_django.plugin import blocking_manager_key

    from netbox_plugin_reloader import reload_plugins

    if session.testsfailed or "NETBOX_MUTATION_REQUESTS" not in os.environ:
        return None
    # Here and not in each fork; a pass that finds them loaded is what most tests want.
    with session.config.stash[blocking_manager_key].unblock():
        get_resolver().url_patterns  # noqa: B018
        reload_plugins()
    connections.close_all()
    with (
        os.fdopen(int(os.environ["NETBOX_MUTATION_REQUESTS"]), encoding="utf-8") as requests,
        os.fdopen(int(os.environ["NETBOX_MUTATION_ANSWERS"]), "w", encoding="utf-8") as answers,
    ):
        print(json.dumps(len(session.items)), file=answers, flush=True)
        ordered, killers = list(session.items), []
        for line in requests:
            request = json.loads(line)
            session.items[:] = ordered[::-1] if request["backwards"] else sorted(ordered, key=partial(_since, killers))
            answer = _answer(session, request)
            print(json.dumps(answer), file=answers, flush=True)
            if answer["failed"]:
                killers = [answer["failed"], *(name for name in killers if name != answer["failed"])]
    return True


def _since(killers: list[str], item: pytest.Item) -> int:
    """Return how long ago a test killed a mutant: it may well kill the next."""
    return killers.index(item.nodeid) if item.nodeid in killers else len(killers)


def _probes(item: Any) -> bool:
    return bool(PROBING & set(item.fixturenames))


def _answer(session: pytest.Session, request: dict[str, Any]) -> dict[str, Any]:
    reading, writing = os.pipe()
    process = os.fork()
    if not process:
        os.close(reading)
        os.setsid()
        try:
            with os.fdopen(writing, "w", encoding="utf-8") as news:
                _test(session, request, news)
        finally:
            os._exit(0)
    os.close(writing)
    last = {"failed": "before the first test"}
    with os.fdopen(reading, "rb", buffering=0) as news:
        pending = b""
        while True:
            if not select.select([news], [], [], SILENCE)[0]:
                last["failed"] += " (no end)"
                break
            read = news.read(65536)
            if not read:
                break
            *lines, pending = (pending + read).split(b"\n")
            for line in lines:
                last = json.loads(line)
    with suppress(ProcessLookupError):
        os.killpg(process, signal.SIGKILL)
    os.waitpid(process, 0)
    return last


def _test(session: pytest.Session, request: dict[str, Any], news: Any) -> None:
    """Run the tests until one fails, and tell of each that begins; a process that dies was killed by the last."""
    hook = session.config.hook
    try:
        replace_definitions(request["module"], request["source"])
        replaced = True
    except Exception:
        # A process that starts with the mutant tells more.
        replaced = False
    if request["probing"]:
        items = [item for item in session.items if _probes(item)]
    else:
        items = [item for item in session.items if replaced and not _probes(item) and item.name not in SLOW]
    for item, following in itertools.zip_longest(items, items[1:]):
        print(json.dumps({"failed": item.nodeid, "probing": _probes(item)}), file=news, flush=True)
        hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return
    print(json.dumps({"failed": None, "replaced": replaced, "probing": request["probing"]}), file=news)


def replace_definitions(module_name: str, source: str) -> None:
    """Make the loaded module what ``source`` says, in place, where it differs from the module's own source.

    Raises NotReplaceable where that cannot be done to what others have imported.
    """
    module = sys.modules[module_name]
    original = Path(os.environ["NETBOX_MUTATION_ORIGINAL"], *module_name.split(".")).with_suffix(".py")
    if not original.exists():
        original = original.with_suffix("") / "__init__.py"
    before = {ast.dump(node) for node in ast.parse(original.read_text(encoding="utf-8")).body}
    changed = [node for node in ast.parse(source).body if ast.dump(node) not in before]
    namespace = dict(vars(module))
    if not changed:
        raise NotReplaceable(module_name)
    # A strategy is made of all that its module holds.
    body = ast.parse(source).body if module_name.startswith(DERIVED) else changed
    exec(compile(ast.Module(body, []), str(module.__file__), "exec", flags=annotations.compiler_flag), namespace)
    for node in changed:
        if isinstance(node, ast.FunctionDef):
            _replace(getattr(module, node.name), namespace[node.name])
        elif isinstance(node, ast.ClassDef):
            if (
                any(isinstance(statement, ast.Assign | ast.AnnAssign) for statement in node.body)
                and node.decorator_list
            ):
                _only_methods(getattr(module, node.name), namespace[node.name])
            _replace_class(getattr(module, node.name), namespace[node.name])
        elif module_name.startswith(DERIVED):
            module.STRATEGY = namespace["STRATEGY"]
        else:
            raise NotReplaceable(module_name)
    if module_name.startswith(DERIVED):
        for later in sorted(name for name in sys.modules if name.startswith(DERIVED) and name > module_name):
            importlib.reload(sys.modules[later])
    # What is kept from NetBox's start was made of the original.
    sys.modules["netbox_plugin_reloader.compat"]._strategy.cache_clear()


def _only_methods(old: type, new: type) -> None:
    """A dataclass makes methods from its fields, with closures that cannot be replaced."""
    fields = [getattr(kind, "__dataclass_fields__", {}) for kind in (old, new)]
    described = [
        [(name, repr(row.default), row.default_factory, row.init, row.compare) for name, row in each.items()]
        for each in fields
    ]
    if described[0] != described[1]:
        raise NotReplaceable(old.__name__)


def _replace_class(old: type, new: type) -> None:
    made = getattr(old, "__dataclass_fields__", None) is not None
    for name, value in vars(new).items():
        function = getattr(value, "fget", None) or getattr(value, "func", None) or value
        mine = vars(old).get(name)
        mine = getattr(mine, "fget", None) or getattr(mine, "func", None) or mine
        if isinstance(function, types.FunctionType) and not (made and name.startswith("__")):
            if type(value) is not type(vars(old).get(name)):
                raise NotReplaceable(name)
            _replace(mine, function)
    if vars(old).keys() ^ vars(new).keys():
        raise NotReplaceable(old.__name__)


def _replace(old: Any, new: Any) -> None:
    if hasattr(old, "__wrapped__") is not hasattr(new, "__wrapped__"):
        raise NotReplaceable(new.__name__)
    old, new = (getattr(function, "__wrapped__", function) for function in (old, new))
    if type(old) is not type(new) or len(old.__code__.co_freevars) != len(new.__code__.co_freevars):
        raise NotReplaceable(getattr(old, "__name__", repr(old)))
    if any(name != "__class__" for name in old.__code__.co_freevars):
        raise NotReplaceable(old.__name__)
    old.__code__, old.__defaults__, old.__kwdefaults__ = new.__code__, new.__defaults__, new.__kwdefaults__
