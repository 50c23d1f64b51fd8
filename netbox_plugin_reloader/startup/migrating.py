"""Whether this process migrates the database, in which case its tables cannot be relied on."""

from __future__ import annotations

import sys
from typing import Any

from django.apps import AppConfig, apps
from django.db import DEFAULT_DB_ALIAS
from django.db.models.signals import pre_migrate

COMMANDS = frozenset(
    {
        "collectstatic",
        "flush",
        "makemigrations",
        "migrate",
        "optimizemigration",
        "sqlmigrate",
        "squashmigrations",
        "test",
        "testserver",
    }
)
"""Management commands that change the database's tables, make tables of their own, or run without a database."""

_running = False


def watch() -> None:
    """Notice from now on when a migration starts; no database."""
    pre_migrate.connect(_started, dispatch_uid=f"{__name__}.started")


def migrating() -> bool:
    """Return whether a migration runs in this process, or the process was started for one of :data:`COMMANDS`."""
    return _running or not COMMANDS.isdisjoint(sys.argv[1:2])


def finished(sender: AppConfig, using: str) -> bool:
    """Return whether the ``post_migrate`` signal of ``sender`` is the last one of a migration of NetBox's database.

    Django sends it once for each app that has models (django/core/management/sql.py).
    """
    global _running
    last = [app_config for app_config in apps.get_app_configs() if app_config.models_module is not None][-1]
    if sender is not last:
        return False
    _running = False
    return using == DEFAULT_DB_ALIAS


def _started(**kwargs: Any) -> None:
    global _running
    _running = True
