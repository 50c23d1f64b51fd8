"""Whatever is wrong, and in whatever order the plugins come, a pass puts it right, once, and leaves the rest alone.

Hypothesis breaks the registry, the forms, the navigation and the object types of this process in random ways. With the
variable NETBOX_TEST_EXAMPLES it tries that many, and others in each run; without, a few and always the same.
"""

from __future__ import annotations

import logging
import os
import random
from collections import defaultdict
from contextlib import contextmanager
from itertools import zip_longest

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netbox_plugin_reloader import reload_plugins
from netbox_plugin_reloader.plugins import plugin_configs
from netbox_plugin_reloader.repair import reload_pass as reload
from netbox_plugin_reloader.repair.object_types import repair_object_types
from netbox_plugin_reloader.report import Kind
from tests.netbox.repair.breakage import (
    build,
    defects,
    features_of_forms,
    identities,
    labels,
    offered,
    querysets,
    snapshot,
)
from tests.netbox.repair.test_everything_live import AMBIGUOUS, ORDERS

EXAMPLES = os.environ.get("NETBOX_TEST_EXAMPLES")
FEW = 60
MOST_DEFECTS = 12
OURS = "netbox_plugin_reloader"
MORE_ORDERS = 3 if EXAMPLES else 0


tried = set()
"""The defects of all examples; each kind of defect of each plugin, model, form field or menu is another one."""


@pytest.fixture
def world(strategy, db, no_writer, caplog, request):
    """Have nothing wrong, and return all that can be, with what is offered then.

    With many examples it is said at the end how many of all defects they had.
    """
    caplog.set_level(logging.WARNING, logger=OURS)
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


def assert_offered(strategy, healthy, frozen=()):
    """Have all be offered again, also in the fields at the paths ``frozen``."""
    for kind, found in offered(strategy).items():
        assert found == healthy[kind], kind
    after, feature_of = querysets(strategy), features_of_forms(strategy)
    for path in after.keys() & frozen:
        assert labels(after[path]) == labels(build(feature_of[path])), path


def test_the_report_says_what_was_wrong_and_whose_it_is(world, strategy):
    every_defect, healthy = world
    kinds = {Kind.REGISTRATION, Kind.VIEWS, Kind.CHOICES, Kind.NAVIGATION, Kind.PREFERENCES, Kind.SEARCH}
    if strategy.object_type_rows:
        kinds.add(Kind.OBJECT_TYPES)
    assert {defect.row.kind for defect in every_defect} == kinds
    by_subject = defaultdict(list)
    for defect in every_defect:
        by_subject[defect.row.subject].append(defect)
    # One of each subject at a time.
    for chosen in zip_longest(*by_subject.values()):
        chosen = [defect for defect in chosen if defect]
        with broken(strategy, chosen):
            repairs, failures = repair(strategy, plugin_configs())
            assert repairs == {defect.row for defect in chosen if defect.row.names}
            assert not failures
            assert_offered(strategy, healthy, {defect.row.subject for defect in chosen})


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
    subjects = {defect.row.subject for defect in chosen}

    with broken(strategy, chosen):
        whole, held = identities(), querysets(strategy)
        repairs, failures = repair(strategy, installed)
        assert not failures
        # What was whole is the same, down to the objects and their order.
        assert {row.subject for row in repairs} <= subjects
        for label, kept in identities().items():
            assert kept[0] == whole[label][0], label
            assert label in subjects or kept == whole[label], label
        # All that was wrong is offered again, and each thing once.
        assert_offered(strategy, healthy, subjects)
        after = querysets(strategy)
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
