"""A script for NetBox's Python: build all tables that are missing, from the models as they are now.

NetBox's real migrations take minutes and need an ICU collation; this takes seconds. Every migration is
recorded as applied afterwards, so that ``migrate --check`` is content.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.test.utils import override_settings


def install_triggers() -> None:
    """Install the triggers that NetBox 4.7 and later rely on to compute the paths of nested objects."""
    tables = connection.introspection.table_names()
    migrations = MigrationLoader(connection).disk_migrations.values()
    operations: list[Any] = [operation for migration in migrations for operation in migration.operations]
    with connection.schema_editor() as schema_editor:
        for operation in operations:
            if type(operation).__name__ == "InstallLtreeTriggers" and operation.table_name in tables:
                # In a copied database the triggers of NetBox's own tables are there already.
                operation.database_backwards("", schema_editor, ProjectState(), ProjectState())
                operation.database_forwards("", schema_editor, ProjectState(), ProjectState())


# As Django's own tests do it where they are told not to migrate (TEST: MIGRATE).
with override_settings(MIGRATION_MODULES={app_config.label: None for app_config in apps.get_app_configs()}):
    call_command("migrate", run_syncdb=True, interactive=False, verbosity=0)
call_command("migrate", fake=True, interactive=False, verbosity=0)
install_triggers()
