"""Executed at the end of NetBox's configuration (tests.lab.configuration): what NetBox's own tests are run with.

The databases of the tests are copied from the lab's, whose tables are there already: NetBox's migrations take minutes.
"""

from __future__ import annotations

from typing import Any

_database = globals()["DATABASE"]
_database["TEST"] = {"TEMPLATE": _database["NAME"]}

# What NetBox's own configuration_testing.py says.
DEFAULT_PERMISSIONS: dict[str, Any] = {}
RQ = {"COMMIT_MODE": "auto"}
LOGGING = {"version": 1, "disable_existing_loggers": True}
