"""The reload pass: compare every installed plugin with what NetBox's registry should hold of it, and repair that."""

from __future__ import annotations

import logging
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .compat import running_version, select
from .live import UnknownQueryset, make_live
from .model_views import remove_duplicates
from .plugins import models_of, owner_of, plugin_configs
from .registration import missing_registrations, register
from .report import Kind, PluginSummary, Report, Row

if TYPE_CHECKING:
    from django.apps import AppConfig

    from .compat.base import Strategy

logger = logging.getLogger(__name__)

_lock = threading.RLock()
_latest: Report | None = None


def latest_report() -> Report | None:
    """Return the report of this process's last reload pass, or ``None`` before the first."""
    return _latest


def reload_plugins() -> Report:
    """Run one reload pass over every installed plugin, and return what it found and did.

    A second pass changes nothing. No database, and no module is imported: one that NetBox has not loaded yet will be
    evaluated against the complete registry. A repair that fails is a row of the report and a line of the log, and
    never an exception. Raises :class:`~netbox_plugin_reloader.compat.UnsupportedNetBoxVersion`.
    """
    global _latest
    with _lock:
        version = running_version()
        report = _Pass(version, select(version)).run()
        _latest = report
    logger.log(logging.INFO if report.repairs else logging.DEBUG, "%s", report.summary())
    logger.debug("%s", report)
    return report


class _Pass:
    """The state of one running pass."""

    def __init__(self, netbox_version: str, strategy: Strategy) -> None:
        from netbox.registry import registry

        self.netbox_version = netbox_version
        self.strategy = strategy
        self.registry: Any = registry
        self.plugins: list[AppConfig] = plugin_configs()
        self.repairs: list[Row] = []
        self.conflicts: list[Row] = []
        self.failures: list[Row] = []

    def run(self) -> Report:
        broken = self.broken_stores()
        if not broken:
            self.register_missed_models()
        if self.strategy.querysets_freeze and not broken & {"models", "model_features"}:
            self.make_choice_lists_live()
        if "views" not in broken:
            self.remove_duplicate_views()
        return Report(
            netbox_version=self.netbox_version,
            strategy=self.strategy.line,
            version=_own_version(),
            plugins=tuple(self.summaries()),
            repairs=tuple(self.repairs),
            conflicts=tuple(self.conflicts),
            failures=tuple(self.failures),
        )

    @contextmanager
    def attempt(self, kind: Kind, plugin: str, subject: str) -> Iterator[None]:
        """Turn an exception in the body into a failure row and a line of the log."""
        try:
            yield
        except Exception as error:
            logger.exception("%s: %s of %s failed", plugin, kind.value, subject)
            self.fail(kind, plugin, subject, f"{type(error).__name__}: {error}")

    def fail(self, kind: Kind, plugin: str, subject: str, problem: str) -> None:
        self.failures.append(Row(kind, plugin, subject, (problem,)))

    def broken_stores(self) -> set[str]:
        broken = set()
        for name, kind in self.strategy.stores.items():
            # registry[...] warns for "models" on 4.6.
            store = self.registry.get(name)
            if not isinstance(store, kind):
                broken.add(name)
                found = "missing" if store is None else f"a {type(store).__name__}"
                problem = f"is {found} on NetBox {self.netbox_version}, a {kind.__name__} was expected"
                logger.error("NetBox's registry store %s %s; what rests on it is left alone", name, problem)
                self.fail(Kind.RELOAD, "netbox", f"registry store {name}", problem)
        return broken

    def register_missed_models(self) -> None:
        features = sys.modules["netbox.models.features"]
        for app_config in self.plugins:
            with self.attempt(Kind.REGISTRATION, app_config.name, "all models"):
                for model in models_of(app_config):
                    with self.attempt(Kind.REGISTRATION, app_config.name, model._meta.label_lower):
                        missing = missing_registrations(model, self.strategy, self.registry, features)
                        if missing:
                            register(model, self.registry, features)
                            row = Row(Kind.REGISTRATION, app_config.name, model._meta.label_lower, missing)
                            self.repairs.append(row)

    def make_choice_lists_live(self) -> None:
        for queryset in self.strategy.querysets:
            module = sys.modules.get(queryset.module)
            if module is None:
                continue
            with self.attempt(Kind.CHOICES, "netbox", queryset.path):
                # Serializers declare their fields elsewhere, and are no forms.
                fields = getattr(getattr(module, queryset.class_name), "base_fields", None)
                if fields is None:
                    continue
                try:
                    missing = make_live(fields[queryset.name], queryset.feature)
                except UnknownQueryset:
                    row = Row(Kind.CHOICES, "netbox", queryset.path, ("its queryset is not the one of NetBox",))
                    self.conflicts.append(row)
                    continue
                labels = defaultdict(list)
                for app_label, model_name in sorted(missing):
                    labels[owner_of(app_label, self.plugins)].append(f"{app_label}.{model_name}")
                self.repairs += [
                    Row(Kind.CHOICES, plugin, queryset.path, tuple(names)) for plugin, names in labels.items()
                ]

    def remove_duplicate_views(self) -> None:
        for app_label, models in self.registry["views"].items():
            plugin = owner_of(app_label, self.plugins)
            for model_name, entries in models.items():
                label = f"{app_label}.{model_name}"
                with self.attempt(Kind.VIEWS, plugin, label):
                    duplicates = remove_duplicates(entries)
                    if duplicates.removed:
                        self.repairs.append(Row(Kind.VIEWS, plugin, label, duplicates.removed))
                    if duplicates.conflicts:
                        self.conflicts.append(Row(Kind.VIEWS, plugin, label, duplicates.conflicts))

    def summaries(self) -> Iterator[PluginSummary]:
        for app_config in self.plugins:
            with self.attempt(Kind.RELOAD, app_config.name, "summary"):
                version = str(getattr(app_config, "version", ""))
                yield PluginSummary(app_config.name, version, len(models_of(app_config)))


def _own_version() -> str:
    from . import __version__

    return __version__
