"""Whether NetBox would start with the configuration and the plugins as they are on disk now."""

from __future__ import annotations

import re
from io import StringIO

from django.core.management import CommandError, call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor

from ..compat.installation import management_command


def preflight() -> int:
    """Look whether this process, which must have started just now, could serve NetBox; needs the database.

    Returns how many static files ``collectstatic`` would copy. Raises
    :class:`~django.core.management.CommandError` for an error of the system checks and for migrations that are not
    applied, and whatever a module raises that cannot be imported: the checks import all of NetBox's pages.
    """
    call_command("check", stdout=StringIO(), stderr=StringIO())
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _ in plan)
        raise CommandError(f"Migrations are not applied: {names}. Run {management_command('migrate')}.")
    summary = call_command("collectstatic", dry_run=True, interactive=False, stdout=StringIO())
    copied = re.match(r"\s*(\d+)", summary or "")
    return int(copied[1]) if copied else 0
