"""A branch of netbox-branching is no place to compare object types, and NetBox serves it as ever.

And an event rule can be made for what happens to branches.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connections

OURS, BRANCHING = "netbox_plugin_reloader", "netbox_branching"
PLUGINS = ["netbox_inventory", OURS, BRANCHING]
CONFIGURATION = str(Path(__file__).with_name("branching_configuration.py"))


@pytest.fixture(scope="module")
def environ(run_probe):
    """Return the variables of a NetBox with branching, on a copy of the database that has its tables too."""
    url = urlsplit(os.environ["NETBOX_LAB_DATABASE_URL"])
    name = url.path.lstrip("/")
    # Nobody may be connected to what is copied.
    connections.close_all()
    with psycopg.connect(url._replace(path="/postgres").geturl(), autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}_branch" WITH (FORCE)')
        server.execute(f'CREATE DATABASE "{name}_branch" TEMPLATE "{name}"')
        database = url._replace(path=f"/{name}_branch").geturl()
        environ = {"NETBOX_LAB_CONFIGURATION": CONFIGURATION, "NETBOX_LAB_DATABASE_URL": database}
        migrated = run_probe("manage.py", "migrate", plugins=PLUGINS, stage="settings", **environ)
        assert migrated.returncode == 0, migrated.stdout + migrated.stderr
        yield environ
        server.execute(f'DROP DATABASE "{name}_branch" WITH (FORCE)')


def test_object_types_are_not_compared_in_a_branch_and_put_right_in_main(environ, probe):
    found = probe("branch.py", plugins=PLUGINS, **environ)
    assert found["status"] == "ready"
    assert len(found["before"]) > 5
    assert found["in the branch"] == [[], [], [], "NetBox's object types are not compared while a branch is active"]
    assert (found["named in the branch"], found["after the branch"]) == ([], [])
    assert found["in main"] == [["netbox_inventory.asset"], [], [], ""]
    assert found["at last"] == found["before"]
    assert found["pages"] == [200, 200, 200]
    assert found["branch of the pages"] == [True]


@pytest.mark.parametrize("plugins", [[OURS, BRANCHING], [BRANCHING, OURS]], ids=["first", "last"])
def test_an_event_rule_offers_what_happens_to_branches(environ, probe, plugins):
    found = probe("event_rule.py", plugins=plugins, **environ)
    assert len(found["registered"]) >= 5
    assert sorted(found["offered"]) == found["registered"]
    assert len(found["others"]) >= 5
    assert (found["page"], found["sent"], found["refused"]) == (200, 302, [])
    assert found["saved"] == found["registered"]


def test_without_us_it_does_not_where_netbox_loads_its_forms_itself(environ, probe, frozen_by_netbox):
    found = probe("event_rule.py", plugins=[BRANCHING], **environ)
    assert found["page"] == 200
    assert len(found["others"]) >= 5
    if frozen_by_netbox:
        assert (found["offered"], found["saved"], found["sent"]) == ([], [], 200)
        assert set(found["refused"]) < set(found["registered"])
        assert found["refused"]
    else:
        assert found["saved"] == found["registered"]
