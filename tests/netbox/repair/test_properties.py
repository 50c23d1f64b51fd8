"""Whatever is wrong, and in whatever order the plugins come, a pass puts it right, once, and leaves the rest alone.

Hypothesis breaks the registry, the forms, the navigation and the object types of this process in random ways. With the
variable NETBOX_TEST_EXAMPLES it tries that many, and others in each run; without, a few and always the same.
"""

from __future__ import annotations

import logging
import os
import random
from contextlib import contextmanager

import pytest
from django.db import transaction
from django.urls import get_resolver
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netbox_plugin_reloader import reload_plugins
from netbox_plugin_reloader.plugins import plugin_configs
from netbox_plugin_reloader.repair import reload_pass as reload
from netbox_plugin_reloader.repair.object_types import repair_object_types
from tests.netbox.repair.breakage import build, defects, identities, offered, querysets, snapshot
from tests.netbox.repair.test_everything_live import AMBIGUOUS, ORDERS

EXAMPLES = os.environ.get("NETBOX_TEST_EXAMPLES")
FEW = 60
MOST_DEFECTS = 12
OURS = "netbox_plugin_reloader"
MORE_ORDERS = 3 if EXAMPLES else 0


tried = set()
"""The defects of all examples; each kind of defect of each plugin, model, form field or menu is another one."""


@pytest.fixture
def world(strategy, db, caplog, request):
    """Load all of NetBox's pages, have nothing wrong, and return all that can be, with what is offered then.

    With many examples it is said at the end how many of all defects they had.
    """
    caplog.set_level(logging.WARNING, logger=OURS)
    get_resolver().url_patterns  # noqa: B018
    reload_plugins()
    repair_object_types(strategy)
    assert not reload_plugins().repairs
    every_defect = defects(strategy)
    yield every_defect, offered(strategy)
    if EXAMPLES:
        line = f"{len(tried)} of {len(every_defect)} defects were tried"
        request.config.get_terminal_writer().line(line)


@contextmanager
def broken(strategy, chosen):
    """Make all ``chosen`` defects, and have all be as it was afterwards."""
    restore = snapshot(strategy)
    try:
        with transaction.atomic():
            for defect in chosen:
                defect.make()
            yield
            transaction.set_rollback(True)
    finally:
        restore()


def repair(strategy, plugins):
    """Run a pass that finds ``plugins`` installed, in this order, and return what it repaired and could not repair."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(reload, "plugin_configs", lambda: list(plugins))
        report = reload_plugins()
    outcome = repair_object_types(strategy)
    return {*report.repairs, *outcome.repairs}, {*report.failures, *outcome.failures, *outcome.stale}


def assert_offered(strategy, healthy):
    for kind, found in offered(strategy).items():
        assert found == healthy[kind], kind


def labels(queryset):
    return {(object_type.app_label, object_type.model) for object_type in queryset}


@settings(
    max_examples=int(EXAMPLES or FEW),
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    # The fixtures are those of all examples, and each puts back what it changes.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_a_pass_puts_right_whatever_is_wrong_and_nothing_else(world, strategy, data):
    every_defect, healthy = world
    plugins = data.draw(st.permutations(plugin_configs()), "order")
    installed = plugins[: data.draw(st.integers(1, len(plugins)), "how many")]
    names = {None, *(app_config.name for app_config in installed)}
    possible = [defect for defect in every_defect if defect.plugin in names]
    chosen = data.draw(st.lists(st.sampled_from(possible), max_size=MOST_DEFECTS), "defects")
    tried.update(chosen)
    subjects = {defect.subject for defect in chosen}
    features = {row.path: row.feature for row in strategy.querysets}

    with broken(strategy, chosen):
        whole, held = identities(), querysets(strategy)
        repairs, failures = repair(strategy, installed)
        assert not failures
        # What was whole is the same, down to the objects and their order.
        assert {row.subject for row in repairs} <= subjects
        for label, kept in identities().items():
            assert label in subjects or kept == whole[label], label
        # All that was wrong is offered again, and each thing once.
        assert_offered(strategy, healthy)
        after = querysets(strategy)
        for path in subjects & after.keys():
            assert labels(after[path]) == labels(build(features[path])), path
        # A second pass finds nothing.
        assert repair(strategy, installed) == (set(), set())
        assert_offered(strategy, healthy)
        assert all(after[path] is queryset for path, queryset in querysets(strategy).items())
        assert {path for path in after if after[path] is not held[path]} <= subjects

    other_order = data.draw(st.permutations(installed), "other order")
    with broken(strategy, chosen):
        assert repair(strategy, other_order) == (repairs, set())
        assert_offered(strategy, healthy)


def described(found):
    """Return what the walk found of the plugins, whatever their order."""
    return {
        "incomplete": {path for path, row in found["querysets"].items() if row["missing"] or row["extra"]}
        - {AMBIGUOUS},
        "short": {path for path, missing in found["choices"].items() if missing},
        "menus": sorted(
            [label, sorted([group, sorted(items)] for group, items in groups)] for label, groups in found["menus"]
        ),
        "preferences": found["preferences"],
        "search": sorted([label, sorted(types)] for label, types in found["search"]),
        "installed": sorted(found["installed"]),
        "failures": found["report"]["failures"],
    }


def test_the_order_of_plugins_does_not_change_what_netbox_offers(probe):
    orders = [*ORDERS.values()]
    orders += [random.sample(orders[0], len(orders[0])) for _ in range(MORE_ORDERS)]
    first, *others = [described(probe("walk.py", plugins=order)) for order in orders]
    assert first["incomplete"] == first["short"] == set(), orders[0]
    for order, found in zip(orders[1:], others, strict=True):
        assert found == first, (orders[0], order)
