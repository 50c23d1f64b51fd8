"""The reload pass: compare what NetBox's registry holds of each installed plugin with what it should; repair it."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from django.apps import apps

from ..compat import running_version, select
from ..compat.base import PUBLIC
from ..configuration import setting
from ..plugins import (
    check_run_time_models,
    companion_configs,
    label_of,
    models_of,
    owner_of,
    owner_of_module,
    plugin_configs,
)
from ..processes.host import this_process
from ..report import Kind, Needs, PluginSummary, Report, Row, error_text
from .duplicate_views import has_duplicates, remove_duplicates
from .early_imports import early_imports
from .registration import Registrar, loaded_menu_items, unloaded_resources
from .snapshots import (
    complete_menu_list,
    complete_preferences,
    join_menu_items,
    make_choices_live,
    make_object_changes_live,
    renew_menu_cache,
    renew_search_types,
)

if TYPE_CHECKING:
    from django.apps import AppConfig
    from django.db.models import Model

    from ..compat.base import Strategy
    from .live_querysets import Labels
    from .outcome import Outcome

logger = logging.getLogger(__name__)

FORGOTTEN = "does not call super().ready()"
"""What the report says about a plugin whose models NetBox did not register."""

_lock = threading.RLock()
_latest: Report | None = None
_complete: Report | None = None
_rows: Outcome | None = None
"""What the last comparison of the rows of object types found, and what all comparisons of this process repaired.

A pass makes no query, so this is kept apart from the reports of the passes, and added when they are read.
"""
_forgetful: set[str] = set()
"""The plugins that did not have their models registered: after a pass has done it, nothing else shows that."""


def latest_report() -> Report | None:
    """Return the report of this process's last reload pass and of its rows of object types; ``None`` before a pass."""
    return _with_rows(_latest)


def complete_report() -> Report | None:
    """Return that report with the repairs of all passes of this process, or ``None`` before the first pass."""
    return _with_rows(_complete)


def _with_rows(report: Report | None) -> Report | None:
    with _lock:
        rows = _rows
    if report is None or rows is None or not (rows.repairs or rows.findings or rows.failures):
        return report
    return report.with_rows(rows.repairs, rows.findings, rows.failures)


def run_reload_pass(*models: type[Model], deleted: Iterable[type[Model]] = ()) -> Report:
    """Run one reload pass over every installed plugin, and return what it found and did.

    Without ``models`` it makes no database query. A plugin names the ``models`` that it made or changed at run time:
    they are registered, the views of an older class of the same model are removed, and their object types are made or
    updated, which needs the database. A plugin also names the models that it ``deleted`` and took out of Django's
    registry of apps: NetBox's registry forgets them. The plugin deletes their object types itself.

    A second pass changes nothing. No module is imported: one that NetBox has not loaded yet will be evaluated against
    the complete registry. A repair that fails is logged and becomes a row of the report, and never an exception. Raises
    :class:`~netbox_plugin_reloader.compat.UnsupportedNetBoxVersion`, and :class:`ValueError` with the name of what is
    not a model of an installed plugin, or of a deleted model that Django still has.
    """
    deleted = tuple(deleted)
    check_run_time_models((*models, *deleted))
    for model in deleted:
        if apps.all_models[model._meta.app_label].get(model._meta.model_name or "") is model:
            raise ValueError(f"{model._meta.label} is not deleted: Django's registry of apps still has it")
    report = _run_pass(models, [(model._meta.app_label, model._meta.model_name or "") for model in deleted])
    if models:
        from .object_types import make_object_types

        # Without the lock: a thread that waits for it may hold locks in the database, and PostgreSQL would not notice
        # the deadlock.
        outcome = make_object_types(select(running_version()), models)
        amend_latest_report(outcome.repairs, outcome.failures)
        report = report.with_rows(outcome.repairs, (), outcome.failures)
    _log(report)
    return report


def follow_plugins(models: Sequence[type[Model]], app_labels: Iterable[str]) -> Report:
    """Run one pass for models that plugins told of in another process, and return its report; no database.

    ``models`` are the classes that the plugins made here for them. NetBox's registry forgets those models of the apps
    ``app_labels`` that Django's registry of apps no longer has. Raises
    :class:`~netbox_plugin_reloader.compat.UnsupportedNetBoxVersion`.
    """
    from netbox.registry import registry

    views = registry.get("views") or {}
    gone = [
        (label, name) for label in app_labels for name in views.get(label, {}) if name not in apps.all_models[label]
    ]
    report = _run_pass(models, gone)
    _log(report)
    return report


def _run_pass(models: Sequence[type[Model]], gone: Sequence[tuple[str, str]]) -> Report:
    global _latest, _complete
    version = running_version()
    strategy = select(version)
    with _lock:
        _latest = _Pass(version, strategy, models, gone).run()
        _complete = _latest.after(_complete) if _complete else _latest
        return _latest


def _log(report: Report) -> None:
    logger.log(logging.INFO if report.repairs else logging.DEBUG, "%s", report.summary())
    logger.debug("%s", report)


def amend_latest_report(repairs: tuple[Row, ...], failures: tuple[Row, ...]) -> None:
    """Add rows to the report of this process's last reload pass, if there was one; no database."""
    global _latest, _complete
    with _lock:
        if _latest is not None and _complete is not None:
            _latest = _latest.with_rows(repairs, (), failures)
            _complete = _complete.with_rows(repairs, (), failures)


def note_rows(outcome: Outcome) -> None:
    """Note what a comparison of the rows of object types found, in place of the one before it; no database.

    If it could not read the rows, what is known stays, and only its repairs and its failures are added.
    """
    global _rows
    with _lock:
        if _rows is not None:
            repairs = tuple(dict.fromkeys(_rows.repairs + outcome.repairs))
            if not outcome.compared:
                outcome = _rows._replace(failures=tuple(dict.fromkeys(_rows.failures + outcome.failures)))
            outcome = outcome._replace(repairs=repairs)
        _rows = outcome


class _Attempt:
    """See :meth:`_Pass.attempt`. A generator would cost as much as checking a model, and each model needs two."""

    __slots__ = ("kind", "plugin", "running_pass", "subject")

    def __init__(self, running_pass: _Pass, kind: Kind, plugin: str, subject: str) -> None:
        self.running_pass = running_pass
        self.kind = kind
        self.plugin = plugin
        self.subject = subject

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, *traceback: Any) -> bool:
        if not isinstance(error, Exception):
            return False
        logger.error("%s: %s of %s failed", self.plugin, self.kind.value, self.subject, exc_info=error)
        self.running_pass.fail(self.kind, self.plugin, self.subject, error_text(error))
        return True


class _Pass:
    """The state of one running pass."""

    def __init__(
        self,
        netbox_version: str,
        strategy: Strategy,
        models: Sequence[type[Model]],
        gone: Sequence[tuple[str, str]],
    ) -> None:
        from netbox.registry import registry

        self.models = models
        self.gone = gone
        self.netbox_version = netbox_version
        self.strategy = strategy
        self.registry: Any = registry
        self.plugins: list[AppConfig] = plugin_configs()
        self.counts: dict[str, int] = {}
        self.repairs: list[Row] = []
        self.findings: list[Row] = []
        self.conflicts: list[Row] = []
        self.failures: list[Row] = []

    def run(self) -> Report:
        steps: list[tuple[set[str], Callable[[], None]]] = [
            ({"model_actions", "model_features", "models", "views"}, self.register_missed_models),
            ({"model_features"}, self.complete_feature_copies),
            ({"model_features", "models"}, self.make_querysets_live),
            ({"data_backends", "event_types", "plugins", "search"}, self.refresh_snapshots),
            ({"views"}, self.remove_duplicate_views),
        ]
        started = time.perf_counter()
        broken = self.broken_stores()
        for stores, step in steps:
            if not stores & broken:
                # Each step catches the errors of one model or field, and this catches all others.
                with self.attempt(Kind.RELOAD, "netbox", step.__name__):
                    step()
        return Report(
            netbox_version=self.netbox_version,
            strategy=self.strategy.line,
            version=_own_version(),
            process=this_process(),
            plugins=tuple(self.summaries()),
            early_imports=early_imports(self.plugins, self.strategy.apps),
            repairs=tuple(self.repairs),
            findings=tuple(self.findings),
            conflicts=tuple(self.conflicts),
            failures=tuple(self.failures),
            duration=time.perf_counter() - started,
        )

    def attempt(self, kind: Kind, plugin: str, subject: str) -> _Attempt:
        """Return a context manager that logs an exception and makes it a failure row."""
        return _Attempt(self, kind, plugin, subject)

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
                logger.error("NetBox's registry store %s %s; what depends on it is not repaired", name, problem)
                self.fail(Kind.RELOAD, "netbox", f"registry store {name}", problem)
        return broken

    def register_missed_models(self) -> None:
        registrar = Registrar(self.strategy, self.registry, sys.modules["netbox.models.features"])
        for app_label, model_name in self.gone:
            with self.attempt(Kind.REGISTRATION, owner_of(app_label, self.plugins), f"{app_label}.{model_name}"):
                registrar.forget(app_label, model_name)
        for app_config in self.plugins:
            with self.attempt(Kind.REGISTRATION, app_config.name, "all models"):
                count = missed = 0
                for model in models_of(app_config):
                    count += 1
                    if not registrar.is_complete(model) and self.register_missed(registrar, app_config, model):
                        missed += 1
                self.counts[app_config.label] = count
                self.find_unloaded_resources(app_config, 0 < missed == count)
        public = bool(setting("companion_apps_public"))
        for app_config in companion_configs():
            with self.attempt(Kind.REGISTRATION, app_config.name, "all models"):
                for model in models_of(app_config):
                    with self.attempt(Kind.REGISTRATION, app_config.name, label_of(model)):
                        if registrar.has_features(model):
                            self.register_missed(registrar, app_config, model, public=public)
        for model in self.models:
            with self.attempt(
                Kind.REGISTRATION, owner_of(model._meta.app_label, self.plugins), model._meta.label_lower
            ):
                registrar.register_regenerated(model)

    def register_missed(
        self, registrar: Registrar, app_config: AppConfig, model: type[Model], *, public: bool = True
    ) -> bool:
        label = label_of(model)
        with self.attempt(Kind.REGISTRATION, app_config.name, label):
            missing = registrar.missing(model, public=public)
            if missing:
                registrar.register(model, public=public)
                self.repairs.append(Row(Kind.REGISTRATION, app_config.name, label, missing))
                return True
        return False

    def find_unloaded_resources(self, app_config: AppConfig, missed: bool) -> None:
        """Find what NetBox should have loaded in a plugin's ``ready()``; ``missed`` if none of its models was known."""
        unloaded = unloaded_resources(app_config, self.strategy)
        if missed:
            _forgetful.add(app_config.name)
        if app_config.name in _forgetful:
            self.findings.append(Row(Kind.READY, app_config.name, "ready()", (FORGOTTEN, *unloaded)))
        elif unloaded:
            self.findings.append(Row(Kind.READY, app_config.name, "not loaded by NetBox", unloaded))

    def complete_feature_copies(self) -> None:
        if not self.strategy.feature_sets:
            return
        from .feature_copies import copied_features, rebuild

        netbox_features = sys.modules["netbox.models.features"].FEATURES_MAP
        for feature in copied_features(self.registry, netbox_features):
            function_path = self.strategy.feature_copies.get(feature, "")
            plugin = self.owner_of_module(function_path) if function_path else owner_of(feature, self.plugins)
            with self.attempt(Kind.FEATURE, plugin, feature):
                added = rebuild(self.registry, feature, function_path)
                if added is None:
                    self.find_copy(plugin, feature, [PUBLIC, *netbox_features])
                else:
                    self.report_missing(Kind.FEATURE, feature, (f"{label}.{name}" for label, name in added))

    def find_copy(self, plugin: str, feature: str, sources: Iterable[str | None]) -> None:
        """Add a finding if a plugin's own ``feature`` is an incomplete copy of one of ``sources``."""
        from .live_querysets import candidates, registered_labels

        labels = registered_labels(feature)
        found = candidates(labels, sources, self.strategy.apps) if labels else []
        if found and all(registered_labels(source) != labels for source in found):
            problem = f"copied from {' or '.join(source or 'public' for source in found)}, and incomplete"
            self.findings.append(Row(Kind.FEATURE, plugin, feature, (problem,)))

    def make_querysets_live(self) -> None:
        if not self.strategy.querysets_freeze:
            return
        from .class_querysets import class_querysets
        from .live_querysets import candidates, make_live, recorded_features, registered_labels

        object_type = sys.modules["core.models"].ObjectType
        declared = {row.path: row.feature for row in self.strategy.querysets}
        features = [PUBLIC, *recorded_features(self.registry)]
        for path, queryset, replace_queryset in class_querysets(self.skip):
            try:
                is_concerned = getattr(queryset, "model", None) is object_type
            except Exception as error:
                self.skip(path, error)
                continue
            if not is_concerned:
                continue

            def identify(labels: Labels, path: str = path) -> str | None:
                if path in declared:
                    return declared[path]
                found = candidates(labels, features, self.strategy.apps)
                if len(found) == 1:
                    return found[0]
                if any(registered_labels(feature) != labels for feature in found):
                    problem = f"frozen from {' or '.join(feature or 'public' for feature in found)}"
                    self.findings.append(Row(Kind.CHOICES, self.owner_of_module(path), path, (problem,)))
                raise LookupError(path)

            with self.attempt(Kind.CHOICES, self.owner_of_module(path), path):
                live = make_live(queryset, identify)
                if live is not None:
                    replace_queryset(live[0])
                    self.report_missing(Kind.CHOICES, path, (f"{label}.{name}" for label, name in live[1]))

    def skip(self, path: str, error: Exception) -> None:
        plugin = self.owner_of_module(path)
        logger.error("%s: the fields of %s cannot be examined: %s", plugin, path, error_text(error))
        self.fail(Kind.CHOICES, plugin, path, error_text(error))

    def owner_of_module(self, path: str) -> str:
        return owner_of_module(path, self.plugins)

    def refresh_snapshots(self) -> None:
        for choices in self.strategy.choices:
            with self.attempt(Kind.CHOICES, "netbox", choices.path):
                self.report(Kind.CHOICES, choices.path, make_choices_live(choices.path, choices.source))
        with self.attempt(Kind.NAVIGATION, "netbox", "menu items"):
            self.report(Kind.NAVIGATION, "menu items", join_menu_items(self.registry, self.shared_menu_items()))
        with self.attempt(Kind.NAVIGATION, "netbox", "menus"):
            refresh = complete_menu_list if self.strategy.has_menu_list else renew_menu_cache
            self.report(Kind.NAVIGATION, "menus", refresh(self.registry))
        with self.attempt(Kind.PREFERENCES, "netbox", "preferences"):
            self.report(Kind.PREFERENCES, "preferences", complete_preferences(self.registry))
        with self.attempt(Kind.SEARCH, "netbox", "search types"):
            self.report_missing(Kind.SEARCH, "search types", renew_search_types(self.registry))
        for path in self.strategy.object_change_views:
            with self.attempt(Kind.CHOICES, "netbox", path):
                make_object_changes_live(path)

    def shared_menu_items(self) -> dict[str, list[Sequence[Any]]]:
        """Return the menu items of the plugins that share a verbose name, by that name."""
        groups = defaultdict(list)
        for app_config in self.plugins:
            if items := loaded_menu_items(app_config, self.strategy):
                groups[str(app_config.verbose_name)].append(items)
        return {label: lists for label, lists in groups.items() if len(lists) > 1}

    def report(self, kind: Kind, subject: str, names: tuple[str, ...]) -> None:
        """Add a repair that belongs to no single plugin, if any ``names`` were missing."""
        if names:
            self.repairs.append(Row(kind, "netbox", subject, names))

    def report_missing(self, kind: Kind, subject: str, labels: Iterable[str]) -> None:
        """Add a repair for each plugin whose models were missing from ``subject``."""
        by_plugin = defaultdict(list)
        for label in sorted(labels):
            by_plugin[owner_of(label.partition(".")[0], self.plugins)].append(label)
        self.repairs += [Row(kind, plugin, subject, tuple(names)) for plugin, names in by_plugin.items()]

    def remove_duplicate_views(self) -> None:
        # Copies: another thread may import a module that registers a view.
        for app_label, models in list(self.registry["views"].items()):
            plugin = owner_of(app_label, self.plugins)
            with self.attempt(Kind.VIEWS, plugin, f"{app_label}.*"):
                for model_name, entries in list(models.items()):
                    if has_duplicates(entries):
                        self.remove_duplicate_views_of(plugin, f"{app_label}.{model_name}", entries)

    def remove_duplicate_views_of(self, plugin: str, label: str, entries: list[dict[str, Any]]) -> None:
        with self.attempt(Kind.VIEWS, plugin, label):
            removed, conflicts = remove_duplicates(entries)
            if removed:
                self.repairs.append(Row(Kind.VIEWS, plugin, label, removed))
            if conflicts:
                self.conflicts.append(Row(Kind.VIEWS, plugin, label, conflicts))

    def summaries(self) -> Iterator[PluginSummary]:
        for app_config in self.plugins:
            with self.attempt(Kind.RELOAD, app_config.name, "summary"):
                yield _summary(app_config, self.count_of_models(app_config))

    def count_of_models(self, app_config: AppConfig) -> int:
        """Return how many models a plugin has; counting thousands again would take a good part of a pass."""
        count = self.counts.get(app_config.label)
        return len(list(models_of(app_config))) if count is None else count


def _summary(plugin: Any, models: int) -> PluginSummary:
    """Return what a plugin's app config says; NetBox's own class has all of it (netbox/plugins/__init__.py)."""
    needs = Needs(
        min_version=str(plugin.min_version or ""),
        max_version=str(plugin.max_version or ""),
        required_settings=tuple(map(str, plugin.required_settings)),
        # NetBox adds the plugin itself (netbox/settings.py).
        django_apps=tuple(name for name in plugin.django_apps if name != plugin.name),
    )
    return PluginSummary(plugin.name, str(plugin.version), models, needs)


def _own_version() -> str:
    from ..version import __version__

    return __version__
