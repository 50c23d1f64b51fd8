"""Whether NetBox would start with the configuration and the plugins as they are on disk now."""

from __future__ import annotations

from io import StringIO

from django.core.management import CommandError, call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor

from ..compat.installation import management_command
from .static_files import note_on_static_files


def preflight(*, static_files: bool = True) -> str:
    """Look whether this process, which must have started just now, could serve NetBox; needs the database.

    Returns what :func:`note_on_static_files` does, unless ``static_files`` is false. Raises
    :class:`~django.core.management.CommandError` for an error of the system checks and for migrations that are not
    applied, and whatever a module raises that cannot be imported: the checks import all of NetBox's pages.
    """
    call_command("check", stdout=StringIO(), stderr=StringIO())
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _ in plan)
        raise CommandError(f"Migrations are not applied: {names}. Run {management_command('migrate')}.")
    return note_on_static_files() if static_files else ""
