"""Rows of NetBox's object types that are missing or differ from what the models say (NetBox 4.4 and later).

From 4.4.0 on the table ``core_objecttype`` (core/models/object_types.py) records which models are public and which
features they have. NetBox writes it only after ``migrate`` (core/signals.py, ``update_object_types()``). So after an
upgrade of a plugin that needs no migration, the rows are still the old ones.

This module, and ``last_writer`` and ``references``, which it uses, query the default database, and never a branch of
netbox-branching.

Who writes
    Only a process whose code is at least as new as the code that wrote last (``last_writer``), and never a job.

Whose flag it is
    ``features`` follow from the model's class, so they are compared for every installed model. ``public`` may be set
    deliberately: netbox-custom-objects writes it for the models that it generates (its models.py, 0.7.1), and an
    administrator or another plugin may have made a companion app public. So it is compared only for models that a
    plugin's module declares, where ``_netbox_private`` decides. Rows are made only for these models and for those of
    companion apps. A generated model's row is made, flagged and deleted by its plugin. A companion app's models are
    only ever made public, and only with ``companion_apps_public``.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, Error, IntegrityError, connections, transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Cast

from ..compat.installation import management_command
from ..configuration import setting
from ..plugins import companion_configs, label_of, models_of, owner_of, plugin_configs
from ..report import Kind, Row, error_text, masked
from .gone_models import migrated_models
from .last_writer import Writer, last_writer, note_writer, this_writer, why_not_to_write
from .outcome import Outcome
from .references import references

if TYPE_CHECKING:
    from django.apps import AppConfig
    from django.db.models import Model

    from ..compat.base import Strategy

logger = logging.getLogger(__name__)

ADVISORY_LOCK = 7_466_215_804
"""The key of the PostgreSQL advisory lock under which rows are written; NetBox's own keys have six digits."""

LOCK_TIMEOUT = "3s"
"""How long a process waits for another process that writes, and for a row that a transaction has locked."""

UNDEFINED_TABLE = "42P01"

SEQUENCE_BEHIND = "the sequence of content types is behind"
"""What the report says about a row that cannot be made for this reason; the commands that fix it follow."""

APP_GONE = "app not installed"
MODEL_GONE = "the plugin no longer has this model"
"""How the report's text about a row whose model is gone begins."""


class _Difference(NamedTuple):
    """A row to change: ``object_type``, which is not saved yet, holds what the row should say in ``columns``."""

    row: Row
    object_type: Any
    columns: frozenset[str]
    removed: bool = False
    held: bool = False

    @property
    def is_missing(self) -> bool:
        return self.object_type.pk is None


class _Change(NamedTuple):
    """What is wrong with a row, the row as it should be, and the names of the columns that differ."""

    names: tuple[str, ...]
    object_type: Any
    columns: frozenset[str]


class _Comparison:
    """The result of comparing the installed models with one ``SELECT`` of all object types."""

    def __init__(self) -> None:
        self.differences: list[_Difference] = []
        self.failures: list[tuple[Row, Exception]] = []
        self.declared: list[tuple[str, bool, list[str]]] = []

    def fail(self, plugin: str, subject: str, error: Exception) -> None:
        self.failures.append((Row(Kind.OBJECT_TYPES, plugin, subject, (error_text(error),)), error))

    def rows(self, *, removed: bool, held: bool = False) -> tuple[Row, ...]:
        return tuple(
            difference.row
            for difference in self.differences
            if difference.removed is removed and difference.held is held
        )

    def wanted(self, removed: bool) -> list[_Difference]:
        return [
            difference for difference in self.differences if not difference.removed or (removed and not difference.held)
        ]

    def writer(self) -> Writer:
        return this_writer(self.declared)

    def outcome(self) -> Outcome:
        return Outcome(
            stale=self.rows(removed=False),
            removed=self.rows(removed=True),
            held=self.rows(removed=True, held=True),
            failures=tuple(row for row, _ in self.failures),
            compared=True,
        )


def check_object_types(strategy: Strategy) -> Outcome:
    """Return what is wrong with the object types' rows, and change nothing: one ``SELECT`` if all are right.

    No query where the line has no such rows or a branch is active. If the database cannot be read, that is logged, and
    ``problem`` of the outcome says so.
    """
    return _run(strategy, None)


def repair_object_types(strategy: Strategy, *, removed: bool = False, deliberate: bool = False) -> Outcome:
    """Make the object types' rows say what the models say; rows whose model is gone only if ``removed``.

    One ``SELECT`` if nothing is wrong, and one ``UPDATE`` for all rows if something is; each missing row needs writes
    of its own, because it consists of two rows (multi-table inheritance). The setting ``repair_object_types`` turns all
    writing off. A row of a removed plugin is made private and loses its features, unless something points to it; it is
    restored when the plugin is back.

    A process whose code is older than the code that wrote the rows last writes nothing. ``deliberate`` says that a
    person wants the rows as this process has them, for example after a downgrade: then it writes, and is noted as the
    last writer even if nothing was wrong.

    If several processes start at once, the first writes. The others wait for an advisory lock, compare again and find
    nothing left. No process waits longer than :data:`LOCK_TIMEOUT`, not even for a row. If the database cannot be read
    or written, that is logged, and the rows stay as they are.
    """
    return _run(strategy, removed, deliberate=deliberate)


def make_object_types(strategy: Strategy, models: Sequence[type[Model]]) -> Outcome:
    """Make the content types of ``models``, and from 4.4 on their object types with the features they have now.

    An existing object type keeps its public flag, which belongs to its plugin. Nothing is done while a branch is
    active: NetBox makes an object type when it first needs it. If the database cannot be written, that is logged, and
    is a failure of each model.
    """
    repairs, failures = [], []
    if _branch_is_active():
        models = ()
    for model in models:
        plugin = owner_of(model._meta.app_label, plugin_configs())
        label = model._meta.label_lower
        try:
            with transaction.atomic(using=DEFAULT_DB_ALIAS):
                names = _make_object_type(strategy, model)
        except Exception as error:
            logger.exception("%s: the object type of %s cannot be made", plugin, label)
            failures.append(Row(Kind.OBJECT_TYPES, plugin, label, (error_text(error),)))
        else:
            if names:
                repairs.append(Row(Kind.OBJECT_TYPES, plugin, label, names))
    _forget_cached_object_types()
    return Outcome(tuple(repairs), failures=tuple(failures))


def _make_object_type(strategy: Strategy, model: type[Model]) -> tuple[str, ...]:
    from core.models import ObjectType

    natural_key = {"app_label": model._meta.app_label, "model": model._meta.model_name}
    missing = not ObjectType.objects.using(DEFAULT_DB_ALIAS).filter(**natural_key).exists()
    if missing and not strategy.object_type_rows:
        # The manager may remember a row that is gone (django/contrib/contenttypes/models.py).
        ObjectType.objects.clear_cache()
    object_type = ObjectType.objects.get_for_model(model, for_concrete_model=False)
    if missing or not strategy.object_type_rows:
        return ("missing",) if missing else ()
    from netbox.models.features import get_model_features

    changes = _change(object_type, object_type.public, get_model_features(model))
    if changes is None:
        return ()
    object_type.save(using=DEFAULT_DB_ALIAS, update_fields=["features"])
    return changes[0]


def _run(strategy: Strategy, removed: bool | None, *, deliberate: bool = False) -> Outcome:
    if not strategy.object_type_rows:
        return Outcome()
    if _branch_is_active():
        return Outcome(problem="NetBox's object types are not compared while a branch is active")
    comparison, problem = None, ""
    refused: tuple[Row, ...] = ()
    try:
        # NetBox may be inside a transaction, which a failing query would make unusable.
        with transaction.atomic(using=DEFAULT_DB_ALIAS):
            comparison = _compare()
        for row, error in comparison.failures:
            logger.error("%s: the features of %s cannot be determined", row.plugin, row.subject, exc_info=error)
        if removed is not None and (deliberate or comparison.wanted(removed)) and setting("repair_object_types"):
            return _repair(removed, deliberate)
        if stale := comparison.rows(removed=False):
            logger.info("%d rows of object types are missing or wrong", len(stale))
            refused = _refused(comparison.writer(), *last_writer(_table()))
    except Error as error:
        if getattr(error.__cause__, "sqlstate", None) == UNDEFINED_TABLE:
            problem = f"NetBox's table of object types does not exist yet; run {management_command('migrate')}"
            logger.debug("%s", problem)
        else:
            done = "read" if comparison is None else "repaired"
            problem = f"NetBox's object types cannot be {done} now: {_first_line(error)}"
            logger.warning("%s", problem)
    outcome = Outcome() if comparison is None else comparison.outcome()
    return outcome._replace(problem=problem, refused=refused)


def _branch_is_active() -> bool:
    """Whether netbox-branching sends this context's queries to a branch (its contextvars.py, 1.1.3)."""
    context_variable = getattr(sys.modules.get("netbox_branching.contextvars"), "active_branch", None)
    return context_variable is not None and context_variable.get() is not None


def _repair(removed: bool, deliberate: bool) -> Outcome:
    written: list[Row] = []
    failures: list[Row] = []
    with transaction.atomic(using=DEFAULT_DB_ALIAS), _locked():
        # Another process may have written while this one waited.
        comparison = _compare()
        writer, (last, now) = comparison.writer(), last_writer(_table())
        refused = () if deliberate or not comparison.wanted(removed) else _refused(writer, last, now)
        if not refused:
            written, failures = _write(comparison.wanted(removed))
            if (written or deliberate) and not writer.is_like(last):
                note_writer(_table(), writer)
    outcome = comparison.outcome()
    if refused:
        logger.warning("%d rows of object types are left as they are: %s", len(outcome.stale), refused[0].names[0])
        return outcome._replace(refused=refused)
    _forget_cached_object_types()
    if written:
        logger.info("%d rows of object types repaired", len(written))
        for row in written:
            logger.debug("repaired: %s", row)
    failed = {row.subject for row in failures}
    return outcome._replace(
        repairs=tuple(written),
        stale=tuple(row for row in outcome.stale if row.subject in failed),
        removed=() if removed else outcome.removed,
        failures=outcome.failures + tuple(failures),
    )


def _refused(writer: Writer, last: Writer | None, now: float) -> tuple[Row, ...]:
    reason = why_not_to_write(writer, last, now)
    return (Row(Kind.OBJECT_TYPES, "netbox", "all rows", (reason,)),) if reason else ()


def _table() -> str:
    from core.models import ObjectType

    return str(ObjectType._meta.db_table)


@contextmanager
def _locked() -> Iterator[None]:
    """Hold the advisory lock until the end of the transaction, and limit every wait for a lock in the body."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout')")
        (before,) = cursor.fetchone()
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ADVISORY_LOCK])
        yield
        # This may be NetBox's transaction, which goes on. If the body fails, the savepoint resets the setting.
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [before])


def _write(differences: list[_Difference]) -> tuple[list[Row], list[Row]]:
    """Write the rows, and return those that are written and those that cannot be made, with the error."""
    from core.models import ObjectType

    written, failures = [], []
    stale = [difference for difference in differences if not difference.is_missing]
    if stale:
        # Only the wrong column of each row is written, because another process may be writing the other column.
        columns = {name: _new_values(ObjectType, name, stale) for name in ("public", "features")}
        keys = [difference.object_type.pk for difference in stale]
        ObjectType.objects.using(DEFAULT_DB_ALIAS).filter(pk__in=keys).update(**columns)
        written += [difference.row for difference in stale]
    for difference in differences:
        if difference.is_missing:
            new, row = difference.object_type, difference.row
            natural_key = {"app_label": new.app_label, "model": new.model}
            object_types = ObjectType.objects.using(DEFAULT_DB_ALIAS)
            try:
                with transaction.atomic(using=DEFAULT_DB_ALIAS):
                    object_types.create(**natural_key, public=new.public, features=new.features)
            except IntegrityError as error:
                # NetBox makes a row when it first needs it, and may have been faster.
                if not object_types.filter(**natural_key).exists():
                    logger.error("%s: the row of %s cannot be made: %s", row.plugin, row.subject, error_text(error))  # noqa: TRY400
                    failures.append(row._replace(names=(f"{_first_line(error)}{_remedy(error)}",)))
            else:
                written.append(row)
    return written, failures


def _first_line(error: Exception) -> str:
    return masked(f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}")


def _remedy(error: Exception) -> str:
    """Return what to do if the sequence of content types is behind, as after restoring a dump of single tables."""
    constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    if constraint != "django_content_type_pkey":
        return ""
    commands = f"{management_command('sqlsequencereset contenttypes')} | {management_command('dbshell')}"
    return f"; {SEQUENCE_BEHIND}: run {commands}"


def _new_values(object_type_class: Any, name: str, stale: list[_Difference]) -> Cast:
    """Return the expression of an ``UPDATE`` that sets the column ``name`` of those rows in which it is wrong."""
    field = object_type_class._meta.get_field(name)
    cases = [
        When(pk=difference.object_type.pk, then=Value(getattr(difference.object_type, name), output_field=field))
        for difference in stale
        if name in difference.columns
    ]
    return Cast(Case(*cases, default=F(name), output_field=field), field)


def _forget_cached_object_types() -> None:
    """Make the request or script that this code runs in read its object types again (netbox/context.py, 4.5.2)."""
    context_variable = getattr(sys.modules.get("netbox.context"), "query_cache", None)
    cache = context_variable.get() if context_variable is not None else None
    if cache is not None:
        cache.get("object_types", {}).clear()


def _compare() -> _Comparison:
    from core.models import ObjectType

    comparison = _Comparison()
    object_types = {
        (object_type.app_label, object_type.model): object_type
        for object_type in ObjectType.objects.using(DEFAULT_DB_ALIAS).all()
    }
    plugins, companions = plugin_configs(), companion_configs()
    for app_config in apps.get_app_configs():
        try:
            models = list(models_of(app_config))
        except Exception as error:
            comparison.fail(app_config.name, "all models", error)
            continue
        for model in models:
            label = label_of(model)
            try:
                changes = _changes(
                    comparison,
                    model,
                    object_types.get((model._meta.app_label, str(model._meta.model_name))),
                    is_plugin=app_config in plugins,
                    is_companion=app_config in companions,
                )
            except Exception as error:
                comparison.fail(app_config.name, label, error)
                continue
            if changes is not None:
                names, object_type, columns = changes
                row = Row(Kind.OBJECT_TYPES, app_config.name, label, names)
                comparison.differences.append(_Difference(row, object_type, columns))
    comparison.differences += _removed(object_types.values(), [*plugins, *companions])
    return comparison


def _changes(
    comparison: _Comparison, model: type[Model], object_type: Any, *, is_plugin: bool, is_companion: bool
) -> _Change | None:
    """Return what is wrong with the row of ``model``, or ``None`` if it is right; note what the model declares."""
    from core.models import ObjectType
    from netbox.models.features import get_model_features, model_is_public

    features = get_model_features(model)
    public = None
    if is_plugin and _is_declared(model):
        public = model_is_public(model)
    elif is_companion and features and not getattr(model, "_netbox_private", False):
        public = True if setting("companion_apps_public") else None
    is_declared = _is_declared(model)
    if is_declared:
        comparison.declared.append((model._meta.label_lower, bool(public), sorted(features)))
    if object_type is None:
        if not is_declared or not (is_plugin or (is_companion and features)):
            return None
        new = ObjectType(
            app_label=model._meta.app_label,
            model=model._meta.model_name,
            public=bool(public),
            features=features,
        )
        return _Change(("missing",), new, frozenset())
    return _change(object_type, object_type.public if public is None else public, features)


def _change(object_type: Any, public: bool, features: list[str]) -> _Change | None:
    names, columns = [], set()
    if object_type.public is not public:
        names.append(f"public {object_type.public} → {public}")
        columns.add("public")
    lost, gained = set(object_type.features) - set(features), set(features) - set(object_type.features)
    if lost or gained:
        names.append(
            " ".join(["features", *(f"+{name}" for name in sorted(gained)), *(f"-{name}" for name in sorted(lost))])
        )
        columns.add("features")
    if not names:
        return None
    object_type.public, object_type.features = public, features
    return _Change(tuple(names), object_type, frozenset(columns))


def _is_declared(model: type[Model]) -> bool:
    """Whether a module declares ``model`` by its name; a model that a plugin generates is in no module."""
    return getattr(sys.modules.get(model.__module__), model.__name__, None) is model


def _removed(object_types: Any, configs: Sequence[AppConfig]) -> Iterator[_Difference]:
    """Yield the rows of models that are gone: their app is not installed, or is one of ``configs`` and dropped them.

    ``ObjectType.model_class()`` is no help: it is ``None`` also for a plugin's generated model that this process has
    not generated yet, and calling it can make the plugin query the database.
    """
    by_label = {app_config.label: app_config for app_config in configs}
    migrated: dict[str, set[str]] = {}
    gone = []
    for object_type in object_types:
        app_label, model_name = object_type.app_label, object_type.model
        app_config = by_label.get(app_label)
        if app_label not in apps.app_configs:
            plugin, problem = app_label, APP_GONE
        elif app_config is None or model_name in apps.all_models[app_label]:
            continue
        else:
            plugin, problem = app_config.name, MODEL_GONE
        change = _change(object_type, False, [])
        if change is None:
            continue
        if app_config is not None:
            if app_label not in migrated:
                migrated[app_label] = migrated_models(app_config)
            if model_name not in migrated[app_label]:
                continue
        gone.append((plugin, problem, change))
    pointing = references([change.object_type.pk for _, _, change in gone])
    for plugin, problem, (names, object_type, columns) in gone:
        found = pointing.get(object_type.pk, ())
        used = (f"still used by {' and '.join(found)}",) if found else ()
        label = f"{object_type.app_label}.{object_type.model}"
        row = Row(Kind.OBJECT_TYPES, plugin, label, (problem, *names, *used))
        yield _Difference(row, object_type, columns, removed=True, held=bool(used))
