"""A web process runs the second pass, with the URLconf loaded, before its first request; and only once."""

from __future__ import annotations

import json

import pytest

from tests.netbox.serving import PATIENCE
from tests.netbox.startup.test_bad_input import OURS, TWICE

NOWHERE = "postgres://nobody@127.0.0.1:9/nowhere"


COUNT = "/plugins/doubled-by-urls/count/"


def loads_urlconf_itself(strategy):
    """Return whether NetBox loads its URLconf after it has built the application (netbox/wsgi.py, NetBox #23311)."""
    return str(strategy.release) >= "4.7.3"


def warnings_of(found):
    return [message for level, message in found["log"] if level in ("WARNING", "ERROR", "CRITICAL")]


@pytest.mark.main
def test_the_urlconf_is_loaded_and_the_pass_run_once(probe):
    found = probe("web_process.py", plugins=["late_models", OURS])
    assert found["passes"] == [True]
    assert found["loaded"] is True
    assert found["connected"] is False
    assert found["spare"] == []
    assert warnings_of(found) == []


def test_warm_up_can_be_left_to_the_first_request(probe):
    found = probe("web_process.py", plugins=[OURS], plugins_config={OURS: {"warm_up": False}})
    assert found["passes"] == [False]
    assert found["loaded"] is False


def test_being_listed_twice_runs_it_once(probe):
    found = probe("web_process.py", **TWICE)
    assert found["middleware"] == 2
    assert found["passes"] == [True]


def test_no_database_is_survived(probe, strategy):
    found = probe("web_process.py", plugins=[OURS], NETBOX_LAB_DATABASE_URL=NOWHERE)
    # NetBox's core.views asks the database when it is imported, up to 4.3.7.
    needed = strategy.line in ("4.2", "4.3")
    assert found["loaded"] is not needed
    assert found["passes"] == [not needed]
    # From 4.4 on the object types' rows are what is needed of it.
    (warning,) = warnings_of(found)
    assert ("URLconf" if needed else "object types") in warning


def test_a_urlconf_that_fails_is_left_to_netbox_and_registers_its_views_once(probe):
    found = probe("web_process.py", "failing", plugins=["failing_views", OURS])
    assert found["passes"] == [False]
    assert found["loaded"] is False
    (warning,) = warnings_of(found)
    assert "these views cannot be imported now" in warning
    assert found["once"] == 1
    assert found["url"].endswith("/once/")


@pytest.mark.django_db
def test_no_request_passes_through_our_middleware(client):
    client.get("/login/")
    assert not [
        middleware for middleware in client.handler._view_middleware if "netbox_plugin_reloader" in str(middleware)
    ]
    chain, layer = [], client.handler._middleware_chain
    while layer is not None:
        chain.append(type(layer).__module__)
        layer = getattr(layer, "get_response", getattr(layer, "__wrapped__", None))
    assert len(chain) > 5
    assert not [module for module in chain if module.startswith(OURS)]


@pytest.mark.parametrize("warm_up", [True, False])
def test_a_view_that_the_urlconf_doubles_is_there_once_for_the_first_request(served, warm_up):
    with served([OURS, "doubled_by_urls"], {OURS: {"warm_up": warm_up}}) as server:
        status, text = server.get(COUNT)
        assert status == 200, server.output.read_text()
        assert json.loads(text) == {"registered": 1}


def test_without_us_that_view_is_there_twice(served):
    with served(["doubled_by_urls"]) as server:
        assert json.loads(server.get(COUNT)[1]) == {"registered": 2}


def test_a_urlconf_that_cannot_be_loaded_ends_as_without_us(served, strategy):
    ends = {}
    for plugins in (["failing_views"], ["failing_views", OURS]):
        with served(plugins, FAILING_VIEWS="1") as server:
            status, _ = server.get("/login/")
            if status is None:
                assert server.process.wait(PATIENCE)
            text = server.output.read_text()
            assert "these views cannot be imported now" in text
            ends[len(plugins)] = status, server.process.poll(), "Worker failed to boot" in text
    assert ends[1] == ends[2]
    # gunicorn ends with 3 if a worker cannot start.
    assert ends[1] == ((None, 3, True) if loads_urlconf_itself(strategy) else (500, None, False))


def test_a_worker_for_jobs_runs_the_pass_once_its_urlconf_is_loaded(probe):
    found = probe("rqworker.py", plugins=[OURS, "doubled_by_urls"])
    assert found == {"loaded": 2, "jobs": [1, 1], "passes": 1, "log": found["log"]}
