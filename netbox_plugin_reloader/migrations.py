"""Which migrations, and which tables of plugins' models, the database lacks."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections, transaction

from .plugins import models_of, owner_of, plugin_configs
from .report import Kind, Row

if TYPE_CHECKING:
    from django.db.migrations.executor import MigrationExecutor


NO_TABLE = "there is no table"
"""How the report's text about a model without a table begins."""


def unapplied_migrations() -> list[tuple[str, str]]:
    """Return the migrations on disk that are not applied, as pairs of app label and name, in their order.

    If there are none, this makes one query and imports no migration. Raises what Django raises for a database that does
    not answer and for migrations that cannot be loaded.
    """
    executor = _executor_if_needed()
    return _plan(executor) if executor else []


def _executor_if_needed() -> MigrationExecutor | None:
    from django.db.migrations.executor import MigrationExecutor
    from django.db.migrations.recorder import MigrationRecorder

    connection = connections[DEFAULT_DB_ALIAS]
    if set(_on_disk()) <= MigrationRecorder(connection).applied_migrations().keys():
        return None
    return MigrationExecutor(connection)


def _plan(executor: MigrationExecutor) -> list[tuple[str, str]]:
    # A squashed migration counts as applied if those that it replaces are.
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [(migration.app_label, migration.name) for migration, _ in plan]


def _on_disk() -> Iterator[tuple[str, str]]:
    from django.db.migrations.loader import MigrationLoader

    for app_config in apps.get_app_configs():
        package, _ = MigrationLoader.migrations_module(app_config.label)
        try:
            spec = find_spec(package) if package else None
        except ModuleNotFoundError:
            spec = None
        for module in pkgutil.iter_modules(spec.submodule_search_locations or ()) if spec else ():
            # Django does not load these either (django/db/migrations/loader.py).
            if module.name[0] not in "_~" and not module.ispkg:
                yield app_config.label, module.name


def rows_of_migrations() -> tuple[Row, ...]:
    """Return a row of the report for each app with migrations that are not applied, and for each table that is missing.

    Two queries. Raises as :func:`unapplied_migrations` does, and for migrations that were applied in the wrong order.
    """
    by_app: dict[str, list[str]] = {}
    # NetBox may be inside a transaction, which a failing query would make unusable.
    with transaction.atomic(using=DEFAULT_DB_ALIAS):
        executor = _executor_if_needed()
        if executor:
            executor.loader.check_consistent_history(executor.connection)
        tables = set(connections[DEFAULT_DB_ALIAS].introspection.table_names())
    for app_label, name in _plan(executor) if executor else ():
        by_app.setdefault(app_label, []).append(name)
    plugins = plugin_configs()
    rows = [
        Row(Kind.MIGRATIONS, owner_of(app_label, plugins), app_label, tuple(names))
        for app_label, names in by_app.items()
    ]
    for plugin in plugins:
        if plugin.label in by_app:
            continue
        for model in models_of(plugin):
            options = model._meta
            if options.managed and not options.proxy and options.db_table not in tables:
                problem = f"{NO_TABLE} {options.db_table}, though no migration is missing"
                rows.append(Row(Kind.MIGRATIONS, plugin.name, options.label_lower, (problem,)))
    return tuple(rows)
