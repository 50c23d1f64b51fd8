"""Models that an installed plugin once had and no longer has."""

from __future__ import annotations

import logging
import pkgutil
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.apps import AppConfig

logger = logging.getLogger(__name__)


def migrated_models(app_config: AppConfig) -> set[str]:
    """Return the names, in lower case, of all models that the migrations of an app ever made; no database.

    No migration names a model that a plugin generates while NetBox runs. So this tells a model that is gone from one
    that this process has not generated. Imports the app's migrations. Empty if it has none, or they cannot be imported.
    """
    # Imported here, because nothing else in a web process loads it.
    from django.db.migrations.loader import MigrationLoader

    names: set[str] = set()
    package_name, _ = MigrationLoader.migrations_module(app_config.label)
    try:
        package = import_module(package_name) if package_name else None
        for module in pkgutil.iter_modules(getattr(package, "__path__", ())):
            migration = getattr(import_module(f"{package_name}.{module.name}"), "Migration", None)
            names.update(_named(getattr(migration, "operations", ())))
    except Exception as error:
        if getattr(error, "name", None) != package_name:
            logger.exception("%s: its migrations cannot be read", app_config.name)
        return set()
    return names


def _named(operations: Iterable[Any]) -> Iterator[str]:
    from django.db.migrations.operations import CreateModel, RenameModel, SeparateDatabaseAndState

    for operation in operations:
        if isinstance(operation, CreateModel):
            yield operation.name_lower
        elif isinstance(operation, RenameModel):
            yield from (operation.old_name_lower, operation.new_name_lower)
        elif isinstance(operation, SeparateDatabaseAndState):
            yield from _named(operation.state_operations)
