"""A web process runs the second pass, with the URLconf loaded, before its first request; and only once."""

from __future__ import annotations

import json

import pytest

from tests.netbox.serving import PATIENCE
from tests.netbox.startup.test_bad_input import TWICE
from tests.netbox.startup.test_startup import HEALTHY_WITH_US, OURS

COUNT = "/plugins/doubled-by-urls/count/"


def loads_urlconf_itself(strategy):
    """Return whether NetBox loads its URLconf after it has built the application (netbox/wsgi.py, NetBox #23311)."""
    return str(strategy.release) >= "4.7.3"


def warnings_of(found):
    return [message for level, message in found["log"] if level in ("WARNING", "ERROR", "CRITICAL")]


@pytest.mark.main
def test_the_urlconf_is_loaded_and_the_pass_run_once(probe):
    found = probe("web_process.py", plugins=HEALTHY_WITH_US)
    assert found["passes"] == [True]
    assert found["loaded"] is True
    assert found["connected"] is False
    assert found["spare"] == []
    assert warnings_of(found) == []


def test_the_urlconf_can_be_left_to_the_first_request_and_being_listed_twice_runs_the_pass_once(probe):
    found = probe("web_process.py", "cold", **TWICE)
    assert found["middleware"] == 2
    assert found["passes"] == [False]
    assert found["loaded"] is False


def test_no_database_is_survived(probe, strategy):
    found = probe("web_process.py", "no-database", plugins=HEALTHY_WITH_US)
    # NetBox's core.views asks the database when it is imported, up to 4.3.7.
    needed = strategy.line in ("4.2", "4.3")
    assert found["loaded"] is not needed
    assert found["passes"] == [not needed]
    # From 4.4 on the object types' rows are what is needed of it.
    (warning,) = warnings_of(found)
    assert ("URLconf" if needed else "object types cannot be read now: OperationalError") in warning


def test_a_urlconf_that_fails_is_left_to_netbox_and_registers_its_views_once(probe):
    found = probe("web_process.py", "failing", plugins=HEALTHY_WITH_US)
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


def test_a_view_that_the_urlconf_doubles_is_there_once_for_the_first_request(served):
    """What the URLconf has done until our pass, a background worker shows below."""
    plugins = [OURS, "doubled_by_urls"]
    with served(plugins) as server, served(plugins, {OURS: {"warm_up": False}}) as cold:
        for one in (server, cold):
            status, text = one.get(COUNT)
            assert status == 200, one.output.read_text()
            assert json.loads(text) == {"registered": 1}


def test_a_urlconf_that_cannot_be_loaded_ends_as_without_us(served, strategy):
    # gunicorn ends with 3 if a worker cannot start.
    expected = (None, 3, True) if loads_urlconf_itself(strategy) else (500, None, False)
    plugins = ["failing_views"]
    with served(plugins, FAILING_VIEWS="1") as without, served([*plugins, OURS], FAILING_VIEWS="1") as with_us:
        for server in (without, with_us):
            status, _ = server.get("/login/")
            if status is None:
                assert server.process.wait(PATIENCE)
            text = server.output.read_text()
            assert "these views cannot be imported now" in text
            assert (status, server.process.poll(), "Worker failed to boot" in text) == expected


def test_a_worker_for_jobs_runs_the_pass_once_its_urlconf_is_loaded(probe):
    found = probe("rqworker.py", plugins=[OURS, "doubled_by_urls"])
    assert found == {"loaded": 2, "jobs": [1, 1], "passes": 1, "log": found["log"]}
