"""Of processes and threads that start at once one writes; who is ended while it writes leaves nothing half done."""

from __future__ import annotations

import signal

import pytest

from tests.netbox.startup.test_startup import with_us

DAMAGED = ["dcim.site", "late_models.late", "own_django_apps.owned"]


@pytest.fixture(scope="module")
def threads(probe):
    return probe("concurrency.py", "threads", plugins=with_us())


@pytest.fixture(scope="module")
def found(probe):
    return probe("concurrency.py", plugins=with_us(), stage="urlconf")


@pytest.fixture
def rows_exist(strategy):
    if not strategy.object_type_rows:
        pytest.skip(f"NetBox {strategy.line} has no such rows; test_eight_threads_share_one_preparation runs on all")


def complaints(found):
    return [message for level, message in found["log"] if level not in ("INFO", "DEBUG")]


def test_eight_threads_share_one_preparation(threads, strategy):
    (statuses, passes, repaired, failures), rows, writes = threads["threads"]
    assert statuses == [200] * 8
    assert (passes, failures) == (1, 0)
    assert rows == threads["before"]
    if strategy.object_type_rows:
        assert repaired == DAMAGED
        assert writes == [len(DAMAGED), 1, 1]


def test_of_four_web_processes_one_writes(found, strategy):
    outcomes, rows, writes = found["processes"]
    assert [(status, failures) for status, _, failures in outcomes] == [(200, 0)] * 4
    assert rows == found["before"]
    if strategy.object_type_rows:
        assert sorted(repaired for _, repaired, _ in outcomes) == [[], [], [], DAMAGED]
        # So many rows, in one session and one transaction.
        assert writes == [len(DAMAGED), 1, 1]


@pytest.mark.parametrize(("position", "status"), [(0, -signal.SIGTERM), (1, 7)], ids=["killed", "exits"])
def test_who_is_terminated_within_a_repair_leaves_the_rows_as_they_were(found, rows_exist, position, status):
    assert found["damaged"] != found["before"]
    assert found["terminated"][position] == [status, found["damaged"], [0, 0, 0]]


def test_the_next_process_repairs_what_a_terminated_one_did_not(found, rows_exist):
    assert found["next"] == [DAMAGED, found["before"], [len(DAMAGED), 1, 1]]


def test_what_somebody_else_writes_meanwhile_is_not_lost(found, rows_exist):
    repaired, after = found["meanwhile"]
    assert repaired == ["companion.accompanied"]
    changed = [(new[1], old[1]) for new, old in zip(after, found["before"], strict=True) if new != old]
    # The flag is as it was set meanwhile, and all else is right.
    assert changed == [(True, False)]
    assert [features for *_, features in after] == [features for *_, features in found["before"]]


def test_nobody_complains(threads, found):
    assert complaints(threads) == complaints(found) == []
