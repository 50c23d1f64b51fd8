"""A branch of netbox-branching is no place to compare object types, and NetBox serves it as ever."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connections

PLUGINS = ["netbox_inventory", "netbox_plugin_reloader", "netbox_branching"]
CONFIGURATION = str(Path(__file__).with_name("branching_configuration.py"))


@pytest.fixture
def database():
    """Return the URL of a copy of the database, for the tables of netbox-branching and the branch's schema."""
    url = urlsplit(os.environ["NETBOX_LAB_DATABASE_URL"])
    name = url.path.lstrip("/")
    # Nobody may be connected to what is copied.
    connections.close_all()
    with psycopg.connect(url._replace(path="/postgres").geturl(), autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}_branch" WITH (FORCE)')
        server.execute(f'CREATE DATABASE "{name}_branch" TEMPLATE "{name}"')
        yield url._replace(path=f"/{name}_branch").geturl()
        server.execute(f'DROP DATABASE "{name}_branch" WITH (FORCE)')


def test_object_types_are_left_alone_in_a_branch_and_put_right_in_main(database, run_probe, probe):
    environ = {"NETBOX_LAB_CONFIGURATION": CONFIGURATION, "NETBOX_LAB_DATABASE_URL": database}
    migrated = run_probe("manage.py", "migrate", plugins=PLUGINS, **environ)
    assert migrated.returncode == 0, migrated.stdout + migrated.stderr
    found = probe("branch.py", plugins=PLUGINS, **environ)
    assert found["status"] == "ready"
    assert len(found["before"]) > 5
    assert found["in the branch"] == [[], [], [], "NetBox's object types are left alone while a branch is active"]
    assert (found["named in the branch"], found["after the branch"]) == ([], [])
    assert found["in main"] == [["netbox_inventory.asset"], [], [], ""]
    assert found["at last"] == found["before"]
    assert found["pages"] == [200, 200, 200]
    assert found["branch of the pages"] == [True]
