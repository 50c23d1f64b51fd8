"""From NetBox 4.4 on the object types' rows say what the models do, before the first request and the first job."""

from __future__ import annotations

import logging
import sys
import types
from contextlib import contextmanager
from contextvars import ContextVar
from unittest.mock import Mock

import pytest
from core.models import ObjectType
from core.signals import job_start
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core import checks
from django.core.signals import request_started
from django.db import OperationalError, connection, models
from netbox.jobs import JobRunner

from netbox_plugin_reloader.compat.installation import management_command
from netbox_plugin_reloader.plugins import companion_configs, models_of
from netbox_plugin_reloader.repair import object_types
from netbox_plugin_reloader.repair.object_types import check_object_types, repair_object_types
from netbox_plugin_reloader.repair.reload_pass import complete_report, latest_report, run_reload_pass
from netbox_plugin_reloader.report import Kind, Row
from netbox_plugin_reloader.startup import on_request, passes, web_process
from tests.netbox.repair.breakage import change_row, lose_row
from tests.netbox.startup.test_startup import with_us

OURS = "netbox_plugin_reloader"
DAMAGED = {"late_models.late", "own_django_apps.owned", "plain_models.everything", "dcim.site"}
REMOVED = {"app_label": "removed_plugin", "model": "thing", "public": True, "features": ["tags"]}


@pytest.fixture
def unchecked(monkeypatch):
    """Make this process one that has not compared the rows yet."""
    monkeypatch.setattr(passes, "_rows_compared", False)


@contextmanager
def recorded():
    """Give a list that fills with the statements that the body runs, without those that only mark transactions."""
    statements = []

    def record(execute, sql, params, many, context):
        if not sql.startswith(("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")):
            statements.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(record):
        yield statements


def row_of(label):
    app_label, model = label.split(".")
    return ObjectType.objects.filter(app_label=app_label, model=model).first()


def described(rows):
    return [(row.plugin, row.subject, row.names) for row in rows]


class Sender:
    """What core.signals.job_start comes from, as far as NetBox's own receiver looks at it."""

    object_type = object = user = data = name = None


def described_checks(databases):
    """Return our messages among those of the checks that need a database, or of all checks without one."""
    found = checks.run_checks(tags=databases and ["database"], databases=databases)
    wanted = {f"{OURS}.W007", f"{OURS}.W008"}
    return [(message.id.rpartition(".")[2], message.msg) for message in found if message.id in wanted]


@pytest.mark.django_db
def test_no_query_without_rows(strategy, unchecked):
    if strategy.object_type_rows:
        with recorded() as statements:
            assert check_object_types(strategy).compared is True
        assert statements
        return
    with recorded() as statements:
        assert check_object_types(strategy).compared is False
        assert check_object_types(strategy) == repair_object_types(strategy, removed=True) == object_types.Outcome()
        passes.repair_rows("in this test")
        assert described_checks(["default"]) == []
    assert statements == []


def test_nothing_wrong_is_one_query_and_no_write(rows, strategy):
    # The order of features is none.
    change_row("late_models.late", features=row_of("late_models.late").features[::-1])
    with recorded() as statements:
        outcome = repair_object_types(strategy)
    assert outcome == object_types.Outcome(compared=True)
    assert outcome.problem == ""
    (statement,) = statements
    assert statement.startswith("SELECT")


def test_all_wrong_rows_are_one_write(rows, strategy, caplog):
    change_row("late_models.late", features=[])
    change_row("dcim.site", features=[])
    change_row("plain_models.everything", public=False)
    with recorded() as statements, caplog.at_level(logging.DEBUG, logger=object_types.__name__):
        repairs = repair_object_types(strategy).repairs
    assert [statement.split()[0] for statement in statements if not statement.startswith("SELECT")] == [
        "UPDATE",
        "COMMENT",
    ]
    assert len(repairs) == 3
    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("INFO", "3 rows of object types repaired"),
        *(("DEBUG", f"repaired: {row}") for row in repairs),
    ]


def test_the_lock_timeout_of_the_transaction_is_left_as_it_was(rows, strategy):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '17s'")
        change_row("late_models.late", features=[])
        assert len(repair_object_types(strategy).repairs) == 1
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("17s",)


def test_a_missing_row_is_made_with_its_content_type(rows, strategy):
    before = row_of("late_models.late")
    before.delete()
    assert not ContentType.objects.filter(app_label="late_models", model="late").exists()
    assert described(repair_object_types(strategy).repairs) == [("late_models", "late_models.late", ("missing",))]
    after = row_of("late_models.late")
    assert (after.public, after.features) == (True, before.features)
    assert ContentType.objects.filter(app_label="late_models", model="late").count() == 1


def test_a_missing_row_that_netbox_makes_meanwhile_is_no_error(rows, strategy, monkeypatch):
    lose_row("late_models.late")
    lose_row("plain_models.everything")
    change_row("dcim.site", features=[])
    write = object_types._write

    def late(differences):
        ObjectType.objects.get_for_model(apps.get_model("late_models", "Late"))
        return write(differences)

    monkeypatch.setattr(object_types, "_write", late)
    assert [row.subject for row in repair_object_types(strategy).repairs] == ["dcim.site", "plain_models.everything"]
    assert check_object_types(strategy).stale == ()


def test_who_finds_that_another_process_was_faster_writes_nothing(rows, strategy, monkeypatch):
    change_row("late_models.late", features=[])
    repair, outcomes = object_types._repair, []

    def repair_after_another(*arguments):
        outcomes.append(repair(*arguments))
        return repair(*arguments)

    monkeypatch.setattr(object_types, "_repair", repair_after_another)
    with recorded() as statements:
        outcomes.append(repair_object_types(strategy))
    assert [(len(outcome.repairs), len(outcome.stale)) for outcome in outcomes] == [(1, 0), (0, 0)]
    assert len([statement for statement in statements if statement.startswith("UPDATE")]) == 1


def test_with_repair_off_it_is_only_found(rows, strategy, configure, unchecked, caplog):
    configure(repair_object_types=False)
    change_row("late_models.late", features=[])
    with recorded() as statements, caplog.at_level(logging.INFO):
        outcome = repair_object_types(strategy)
    assert [statement.split()[0] for statement in statements] == ["SELECT"]
    assert (outcome.repairs, len(outcome.stale)) == ((), 1)
    assert [record.message for record in caplog.records] == ["1 rows of object types are missing or wrong"]
    passes.repair_rows("in this test")
    assert latest_report().findings[-1:] == outcome.stale
    assert row_of("late_models.late").features == []


def test_what_was_found_stays_found_until_it_is_right(rows, strategy, configure, unchecked, monkeypatch):
    ran = []

    def run_pass(*arguments):
        ran.append(1)
        return run_reload_pass()

    # Which of them depends on whether another test has made this a web process.
    for name in ("run_reload_pass", "follow_plugins"):
        monkeypatch.setattr(on_request, name, run_pass)
    configure(repair_object_types=False)
    change_row("late_models.late", features=[])
    ObjectType.objects.create(**REMOVED)
    found = check_object_types(strategy).findings
    assert len(found) == 2
    passes.repair_rows("in this test")
    # What a followed pass does.
    passes.run_pass("in this test")
    report, _ = on_request.run_everywhere("this test")
    assert ran == [1]
    for told in (report, complete_report(), latest_report(), on_request.current_report()):
        assert [row for row in told.findings if row in found] == list(found)
    configure()
    passes.repair_rows("in this test")
    repaired = complete_report()
    assert (found[0] in repaired.findings, found[1] in repaired.findings) == (False, True)
    assert [row for row in repaired.repairs if row == found[0]] == [found[0]]
    # NetBox 4.4.3 cannot delete an object type whose model is gone (netbox/models/features.py, has_feature).
    lose_row("{app_label}.{model}".format(**REMOVED))
    now = on_request.current_report()
    assert found[1] not in now.findings
    assert found[0] in now.repairs


def test_a_database_that_is_away_takes_nothing_back_that_was_found(rows, strategy, configure, unchecked, monkeypatch):
    configure(repair_object_types=False)
    change_row("late_models.late", features=[])
    (found,) = check_object_types(strategy).stale
    passes.check_rows()

    def fail():
        raise OperationalError("no server today")

    monkeypatch.setattr(object_types, "_compare", fail)
    passes.check_rows()
    assert found in complete_report().findings


@pytest.mark.parametrize("look", [passes.check_rows, lambda: passes.repair_rows("at noon")], ids=["check", "repair"])
@pytest.mark.parametrize("known", [True, False])
def test_a_comparison_that_raises_is_a_failure_until_one_does_not(rows, strategy, unchecked, monkeypatch, look, known):
    if known:
        passes.check_rows()
    failed = Row(Kind.OBJECT_TYPES, "netbox", "all rows", ("RuntimeError: not today",))
    with monkeypatch.context() as broken:
        broken.setattr(object_types, "_compare", Mock(side_effect=RuntimeError("not today")))
        for _ in range(2):
            look()
            assert [row for row in complete_report().failures if row.kind is Kind.OBJECT_TYPES] == [failed]
    look()
    assert failed not in complete_report().failures


def test_a_removed_plugins_row_is_hidden_only_on_request(rows, strategy):
    ObjectType.objects.create(**REMOVED)
    outcome = repair_object_types(strategy)
    assert described(outcome.findings) == [
        ("removed_plugin", "removed_plugin.thing", ("app not installed", "public True → False", "features -tags"))
    ]
    assert outcome.repairs == ()
    assert row_of("removed_plugin.thing").public is True
    hidden = repair_object_types(strategy, removed=True)
    assert hidden.repairs == outcome.removed
    assert hidden.findings == ()
    after = row_of("removed_plugin.thing")
    assert (after.public, after.features) == (False, [])
    assert check_object_types(strategy).removed == ()


@pytest.fixture
def generated():
    """Return a model that its plugin generated while NetBox ran."""
    return type("Generated", (models.Model,), {"__module__": "plain_models.models", "_netbox_private": True})


def test_a_generated_models_row_is_its_plugins(rows, strategy, generated):
    assert check_object_types(strategy).findings == ()
    ObjectType.objects.create(app_label="plain_models", model="generated", public=True, features=[])
    ObjectType.objects.create(app_label="plain_models", model="not_yet_generated", public=True, features=["tags"])
    assert repair_object_types(strategy, removed=True).repairs == ()
    change_row("plain_models.generated", features=["gone"])
    assert described(repair_object_types(strategy).repairs) == [
        ("plain_models", "plain_models.generated", ("features -gone",))
    ]
    assert row_of("plain_models.generated").public is True


@pytest.mark.parametrize(
    ("label", "public"), [("companion.accompanied", True), ("companion.bare", True), ("dcim.site", False)]
)
def test_the_flags_of_companions_and_of_netbox_are_kept(rows, strategy, label, public):
    change_row(label, public=public)
    assert repair_object_types(strategy).repairs == ()
    assert row_of(label).public is public


def test_companions_become_public_on_request(rows, strategy, configure):
    assert row_of("companion.accompanied").public is False
    configure(companion_apps_public=True)
    repairs = described(repair_object_types(strategy).repairs)
    assert ("companion", "companion.accompanied", ("public False → True",)) in repairs
    assert "companion.bare" not in [subject for _, subject, _ in repairs]
    lose_row("companion.accompanied")
    lose_row("companion.bare")
    assert [row.subject for row in repair_object_types(strategy).repairs] == ["companion.accompanied"]
    assert row_of("companion.accompanied").public is True


def test_a_private_model_of_a_companion_stays_private(rows, strategy, configure, monkeypatch):
    monkeypatch.setattr(apps.get_model("companion", "Accompanied"), "_netbox_private", True, raising=False)
    configure(companion_apps_public=True)
    assert "companion.accompanied" not in [row.subject for row in repair_object_types(strategy).repairs]
    assert row_of("companion.accompanied").public is False


def test_companions_are_found_by_their_app_config(monkeypatch):
    def names():
        return {app_config.name for app_config in companion_configs()} - {"animal_sounds_companion"}

    assert names() == {"django.contrib.humanize", "companion"}
    own = apps.get_app_config("own_django_apps")
    monkeypatch.setattr(type(own), "django_apps", ["companion", "no_such_app", "no.such.Config"])
    assert names() == {"companion"}


def test_nothing_happens_while_a_branch_is_active(rows, strategy, monkeypatch, unchecked):
    active_branch = ContextVar("active_branch", default=None)
    module = types.ModuleType("netbox_branching.contextvars")
    module.active_branch = active_branch
    monkeypatch.setitem(sys.modules, module.__name__, module)
    change_row("late_models.late", features=[])
    token = active_branch.set(object())
    with recorded() as statements:
        problem = "NetBox's object types are not compared while a branch is active"
        assert repair_object_types(strategy, removed=True) == object_types.Outcome(problem=problem)
        assert object_types.make_object_types(strategy, [apps.get_model("late_models", "late")]).repairs == ()
        passes.repair_rows("in this test")
    assert statements == []
    assert passes._rows_compared is False
    active_branch.reset(token)
    assert len(repair_object_types(strategy).repairs) == 1


def test_a_read_only_database_is_one_line(rows, strategy, caplog):
    change_row("late_models.late", features=[])
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
    outcome = repair_object_types(strategy)
    # The rows could be read, so that a web process does not try again.
    assert (outcome.repairs, len(outcome.stale), outcome.compared) == ((), 1, True)
    (record,) = caplog.records
    assert (record.levelname, record.name) == ("WARNING", object_types.__name__)
    assert record.message == outcome.problem
    assert outcome.problem.startswith("NetBox's object types cannot be repaired now: InternalError: cannot execute ")
    assert "read-only" in outcome.problem
    assert row_of("late_models.late").features == []


def test_a_missing_table_is_no_error(rows, strategy, caplog):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_objecttype RENAME TO elsewhere")
    with recorded() as statements, caplog.at_level(logging.DEBUG, logger=object_types.__name__):
        outcome = repair_object_types(strategy)
    assert outcome == object_types.Outcome(
        problem=f"NetBox's table of object types does not exist yet; run {management_command('migrate')}"
    )
    assert outcome.compared is False
    assert len(statements) == 1
    (record,) = caplog.records
    assert (record.levelname, record.message) == ("DEBUG", outcome.problem)
    # The transaction is still usable.
    assert ContentType.objects.exists()


def test_the_first_line_of_a_databases_error_is_told(rows, strategy, monkeypatch):
    def fail():
        raise OperationalError("\nno server today\nDETAIL: none tomorrow\n")

    monkeypatch.setattr(object_types, "_compare", fail)
    assert check_object_types(strategy) == object_types.Outcome(
        problem="NetBox's object types cannot be read now: OperationalError: no server today"
    )


def test_a_lock_that_another_process_keeps_is_not_waited_for_long(rows, strategy, monkeypatch, caplog):
    monkeypatch.setattr(object_types, "LOCK_TIMEOUT", "100ms")
    change_row("late_models.late", features=[])
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [object_types.ADVISORY_LOCK])
        outcome = repair_object_types(strategy)
    finally:
        other.close()
    assert (outcome.repairs, len(outcome.stale)) == ((), 1)
    assert "lock timeout" in caplog.records[-1].message
    assert len(repair_object_types(strategy).repairs) == 1


def test_the_rows_of_a_request_are_read_again(rows, remembering, strategy):
    late = apps.get_model("late_models", "Late")
    change_row("late_models.late", features=[])
    assert ObjectType.objects.get_for_model(late).features == []
    repair_object_types(strategy)
    assert "tags" in ObjectType.objects.get_for_model(late).features


def test_features_that_cannot_be_determined_are_one_failure_each(rows, strategy, monkeypatch, caplog):
    from netbox.registry import registry

    first_of_many = next(models_of(apps.get_app_config("dcim")))._meta.label_lower

    def supports(model):
        if model._meta.label_lower in (first_of_many, "late_models.late"):
            raise ValueError("no")
        return False

    monkeypatch.setitem(registry["model_features"], "failing", supports)
    change_row("dcim.site", features=[])
    outcome = repair_object_types(strategy)
    assert described(outcome.failures) == [
        ("dcim", first_of_many, ("ValueError: no",)),
        ("late_models", "late_models.late", ("ValueError: no",)),
    ]
    assert [row.subject for row in outcome.repairs] == ["dcim.site"]
    assert len([record for record in caplog.records if record.levelname == "ERROR"]) == 2


def test_models_that_cannot_be_listed_are_one_failure_of_their_app(rows, strategy, monkeypatch):
    # An app that comes before those whose rows are wrong.
    monkeypatch.setattr(apps.get_app_config("contenttypes"), "models", {"odd": "no model"})
    change_row("dcim.site", features=[])
    change_row("late_models.late", features=[])
    outcome = repair_object_types(strategy)
    problem = "AttributeError: 'str' object has no attribute '_meta'"
    assert described(outcome.failures) == [("django.contrib.contenttypes", "all models", (problem,))]
    assert sorted(row.subject for row in outcome.repairs) == ["dcim.site", "late_models.late"]


def test_a_job_asks_and_writes_nothing(rows, unchecked):
    change_row("late_models.late", features=[])
    seen = []

    class Runner(JobRunner):
        class Meta:
            name = "A job of a test"

        def run(self, *args, **kwargs):
            seen.append(row_of("late_models.late").features)

    Runner.enqueue(immediate=True)
    assert seen == [[]]
    with recorded() as statements:
        job_start.send(Sender())
    assert [statement for statement in statements if 'FROM "core_objecttype"' in statement] == []
    assert row_of("late_models.late").features == []


@pytest.fixture
def try_again(rows, unchecked, monkeypatch):
    """Damage a row in a process that waits for its database; return what a request does when it is time again."""
    change_row("late_models.late", features=[])
    monkeypatch.setattr(web_process, "urlconf_is_loaded", lambda: True)
    monkeypatch.setattr(web_process, "_rows_postponed", False)
    monkeypatch.setattr(web_process, "_next_try", 0.0)
    web_process._postpone()

    def try_again():
        web_process._next_try = 0.0
        web_process._catch_up()

    yield try_again
    assert not request_started.disconnect(dispatch_uid="netbox_plugin_reloader.startup.web_process.catch_up")


def test_a_database_that_is_lost_at_the_first_try_is_asked_again(try_again, caplog):
    def lose(*arguments):
        raise OperationalError("the connection is lost")

    with connection.execute_wrapper(lose):
        web_process._catch_up()
    assert "cannot be read now: OperationalError: the connection is lost" in caplog.text
    # Not by every request.
    web_process._catch_up()
    assert row_of("late_models.late").features == []
    try_again()
    assert "tags" in row_of("late_models.late").features


def test_a_table_that_is_not_there_yet_is_looked_for_again(try_again):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_objecttype RENAME TO core_objecttype_elsewhere")
        try_again()
        cursor.execute("ALTER TABLE core_objecttype_elsewhere RENAME TO core_objecttype")
    assert row_of("late_models.late").features == []
    try_again()
    assert "tags" in row_of("late_models.late").features


def test_what_another_try_would_only_say_again_is_not_tried_again(try_again, monkeypatch, caplog):
    def fail(strategy, **options):
        raise RuntimeError("no")

    monkeypatch.setattr("netbox_plugin_reloader.repair.object_types.repair_object_types", fail)
    try_again()
    try_again()
    assert caplog.text.count("could not be compared once the database answered") == 1


def test_nothing_happens_while_migrating(rows, unchecked, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["manage.py", "migrate"])
    change_row("late_models.late", features=[])
    with recorded() as statements:
        assert web_process._has_rows() is False
        assert described_checks(["default"]) == []
    assert not [statement for statement in statements if "core_objecttype" in statement]


def test_the_checks_need_a_named_database(rows):
    change_row("late_models.late", features=[])
    ObjectType.objects.create(**REMOVED)
    with recorded() as statements:
        assert described_checks(None) == []
    assert not [statement for statement in statements if "core_objecttype" in statement]
    found = described_checks(["default"])
    assert [identifier for identifier, _ in found] == ["W007", "W008"]
    assert "late_models.late" in found[0][1]
    assert "removed_plugin.thing" in found[1][1]
    assert row_of("late_models.late").features == []


def warnings_of(found):
    return [message for level, message in found["log"] if level not in ("INFO", "DEBUG")]


@pytest.mark.main
def test_the_rows_are_right_before_the_first_request(probe, strategy):
    found = probe("object_types.py", plugins=with_us())
    assert found["connected"] is False
    if not strategy.object_type_rows:
        assert found["statements"] == []
        return
    assert found["rows"] == found["before"]
    assert {row["subject"] for row in found["report"]["repairs"]} >= DAMAGED
    # A look, and again under the lock; one write for what is wrong, one for what is missing, and who wrote it.
    assert found["statements"] == ["SELECT", "LOCK", "SELECT", "UPDATE", "INSERT", "COMMENT"]
    assert warnings_of(found) == []


def test_companions_stay_public_after_migrate(probe, has_rows):
    found = probe("object_types.py", "migrate", plugins=with_us())
    # As the command migrate, a web process does nothing.
    assert found["statements"] == []
    assert found["after_web"] != found["before"]
    assert found["migrating"] == [True, False]
    public, features = found["rows"].pop("companion.accompanied")
    assert public is True
    assert [False, features] == found["before"].pop("companion.accompanied")
    assert found["rows"] == found["before"]
    repaired = [row["subject"] for row in found["report"]["repairs"] if row["kind"] == "object type"]
    assert repaired == ["companion.accompanied"]
