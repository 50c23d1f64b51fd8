"""A web process runs the second pass, with the URLconf loaded, before its first request; and only once."""

from __future__ import annotations

import pytest

from tests.netbox.startup.test_bad_input import OURS, TWICE

NOWHERE = "postgres://nobody@127.0.0.1:9/nowhere"


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
