"""``plugin_reloader check`` never says that all is well while something is broken, and names whom it is about."""

from __future__ import annotations

import os
import re
import sys
import textwrap
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest
from core.models import ObjectType
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core import checks
from django.core.management import CommandError
from django.core.management.color import no_style
from django.db import IntegrityError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from netbox_plugin_reloader.blame import Blame, Place, blame
from netbox_plugin_reloader.compat import is_older, running_version
from netbox_plugin_reloader.compat.installation import installed_version
from netbox_plugin_reloader.migrations import _on_disk as migrations_on_disk
from netbox_plugin_reloader.processes.announcements import plugin_versions, withdraw
from netbox_plugin_reloader.processes.host import children_of
from netbox_plugin_reloader.recycle.preflight import preflight
from netbox_plugin_reloader.repair import object_types
from netbox_plugin_reloader.repair.object_types import repair_object_types
from netbox_plugin_reloader.repair.outcome import Outcome
from netbox_plugin_reloader.report import Kind, joined
from netbox_plugin_reloader.startup import on_request
from netbox_plugin_reloader.startup.condition import condition
from netbox_plugin_reloader.support import support_of, why_skipped
from netbox_plugin_reloader.ui.text import process_lines
from tests.netbox.examples import NoCache, announcement, call, output_of

OURS = "netbox_plugin_reloader"
PLUGIN = """
from netbox.plugins import PluginConfig


class Config(PluginConfig):
    name = verbose_name = "{name}"
    version = "{version}"
    base_url = "{name}"
    min_version = {min_version!r}


config = Config
"""


@pytest.fixture
def install(tmp_path):
    """Return a function that writes a plugin to a folder of its own, and gives that."""

    def install(name, version="1.0", min_version=None, **files):
        package = tmp_path / name
        package.mkdir(exist_ok=True)
        text = PLUGIN.format(name=name, version=version, min_version=min_version)
        for module, lines in {"__init__": text, **files}.items():
            (package / f"{module}.py").write_text(textwrap.dedent(lines))
        return package

    return install


@pytest.fixture
def manage(run_probe, tmp_path):
    """Return a function that runs a command of ours in a NetBox with some plugins."""
    # Other tests build the middleware in this process, which announces itself then, and has other plugins.
    withdraw()

    def manage(*arguments, plugins):
        # A file that was compiled within the same second is taken for unchanged.
        path = {"PYTHONPATH": f"{os.environ['PYTHONPATH']}:{tmp_path}", "PYTHONDONTWRITEBYTECODE": "1"}
        command = ("manage.py", "plugin_reloader", *arguments)
        return run_probe(*command, plugins=[*plugins, OURS], stage="python", **path)

    return manage


def lines_of(done, plugin):
    """Return the lines of a failed check that are about ``plugin``."""
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.match(r"\d+ problems? needs? attention: ", done.stdout)
    assert "not repaired: " in done.stderr
    return [line.strip() for line in done.stdout.splitlines() if line.startswith(f"  {plugin}: ")]


TYPES = """
    import strawberry


    @strawberry.type
    class ChoirType:
        {name}: str = "x"


    @strawberry.type
    class Query:
        @strawberry.field
        def {name}(self) -> ChoirType:
            return ChoirType()


    schema = [Query]
"""
ENDS = {
    "raises": ({"urls": "raise RuntimeError('no URLs today')"}, "RuntimeError: no URLs today, {urls}, line 1"),
    "no Python": ({"urls": "from . import views", "views": "def"}, "SyntaxError: .*, {views}, line 1"),
    "no module": ({"urls": "import no_such_module"}, "ModuleNotFoundError: .*'no_such_module', {urls}, line 1"),
    "circle": (
        {"urls": "from . import views", "views": "from .forms import Form", "forms": "from .views import View"},
        "ImportError: .*partially initialized.*, {forms}, line 1",
    ),
    "another's": (
        {"urls": "from plain_models import no_such_name"},
        "ImportError: .*'no_such_name' from 'plain_models' .*, {urls}, line 1",
    ),
}


@pytest.mark.parametrize("end", ENDS)
def test_the_file_that_cannot_be_imported_is_named(end, tmp_path, monkeypatch):
    files, problem = ENDS[end]
    package = sys.modules["late_models"]
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    paths = {}
    for name, text in files.items():
        paths[name] = tmp_path / f"{name}.py"
        paths[name].write_text(text)
        monkeypatch.delitem(sys.modules, f"late_models.{name}", raising=False)
    with pytest.raises((ImportError, RuntimeError, SyntaxError)) as caught:
        import_module("late_models.urls")
    found = blame(caught.value)
    assert found.plugin == "late_models"
    assert re.fullmatch(problem.format(**paths), joined(found.names))
    assert str(found).startswith(f"{found.error} (late_models; {tmp_path}")


def test_an_error_of_no_plugin_blames_none():
    with pytest.raises(ZeroDivisionError) as caught:
        1 / 0  # noqa: B018
    assert blame(caught.value) == Blame("ZeroDivisionError: division by zero", ())
    assert blame(caught.value).plugin == "netbox"
    # Whatever an error holds, it is only looked at.
    caught.value.culprit = type("Culprit", (), {"__module__": "late_models.nowhere"})
    assert blame(caught.value).places == (Place("late_models"),)
    caught.value.__dict__["culprit"].__module__ = None
    assert str(blame(caught.value)) == "ZeroDivisionError: division by zero"


class Unreadable(type):
    @property
    def __module__(cls):
        raise RuntimeError("no module")


def test_an_error_that_cannot_be_looked_into_blames_none():
    error = ValueError("odd")
    error.culprit = Unreadable("Odd", (), {})
    assert blame(error) == Blame("ValueError: odd", ())


def test_without_code_of_its_own_the_plugin_that_netbox_worked_for_is_blamed():
    def include(app):
        raise TypeError("these are no URLs")

    for app_label, name in (("late_models", "late_models"), ("dcim", "netbox")):
        with pytest.raises(TypeError) as caught:
            include(apps.get_app_config(app_label))
        assert blame(caught.value).plugin == name


def test_an_error_of_the_system_checks_is_told_with_its_plugin(db, monkeypatch):
    late = apps.get_model("late_models", "late")
    found = [checks.Error("broken", obj=late, id="x.E001"), checks.Warning("fine", id="x.W001"), checks.Error("odd")]
    monkeypatch.setattr(checks, "run_checks", lambda: found)
    rows = [row for row in condition(system_checks=True).failures if row.kind is Kind.SYSTEM_CHECK]
    assert [(row.plugin, row.subject, row.names) for row in rows] == [
        ("late_models", "x.E001", ("broken",)),
        ("netbox", "error", ("odd",)),
    ]


def test_a_process_of_another_netbox_is_named(db, monkeypatch):
    here = plugin_versions()
    worker = announcement(77, kind="worker", netbox_version="4.1.0", plugins=here)
    lacking = announcement(78, plugins={name: version for name, version in here.items() if name != "late_models"})
    silent = announcement(79, netbox_version="", plugins={})
    monkeypatch.setattr("netbox_plugin_reloader.startup.condition.announced", lambda: [worker, lacking, silent])
    rows = {row.plugin: (row.subject, row.names[0]) for row in condition().findings if row.kind is Kind.PROCESS}
    assert rows.keys() == {"netbox", "late_models"}
    assert rows["netbox"][0] == "77 on netbox-1"
    assert rows["netbox"][1].startswith("run NetBox 4.1.0, but ")
    assert "netbox-rq" in rows["netbox"][1]
    assert rows["late_models"][1].startswith(
        "do not run late_models 1.0, which is installed; restart NetBox's services"
    )
    lines = list(process_lines([worker, lacking, silent], 1, no_style()))
    assert f"But 77 on netbox-1: NetBox 4.1.0 instead of {installed_version()}" in lines
    assert "But 78 on netbox-1: late_models not loaded instead of 1.0" in lines
    assert "But 79 on netbox-1: what it runs is unknown" in lines


def test_why_a_plugin_was_skipped_is_said_as_far_as_it_says_so(settings, monkeypatch):
    for name, values, reason in (
        ("odd", {"min_version": "later"}, "version  supports NetBox from later"),
        ("silent", {}, "NetBox's log says why"),
    ):
        monkeypatch.setitem(sys.modules, name, SimpleNamespace(config=type("Config", (), values)))
        settings.PLUGINS = [*settings.PLUGINS, name]
        assert why_skipped(name) == reason
        assert [support.admitted for support in support_of("4.8.0") if support.name == name] == [None]


def test_migrations_of_a_module_that_is_nowhere_are_none(settings, db):
    settings.MIGRATION_MODULES = {"wireless": "nowhere.migrations"}
    assert ("wireless", "0001_initial") not in set(migrations_on_disk())


def test_a_plugin_whose_urls_are_none_is_named(manage, install):
    install("solo", urls="urlpatterns = [1]")
    install("other", urls="urlpatterns = []")
    done = manage("check", plugins=["other", "solo"])
    (line,) = lines_of(done, "solo")
    assert re.match(r"solo: pages all pages: \w+: .+", line)
    assert "  other: " not in done.stdout


def test_two_plugins_that_define_one_type_are_named_with_their_files(manage, install, strategy):
    packages = [install(name, graphql=TYPES.format(name=name)) for name in ("alto", "bass")]
    done = manage("check", plugins=["alto", "bass"])
    if strategy.line == "4.7" and is_older(running_version(), "4.7.3"):
        # These make GraphQL's schema in ready(), and no command starts.
        assert done.returncode == 1
        assert "ChoirType is defined multiple times" in done.stderr
        return
    (line,) = lines_of(done, "alto") + lines_of(done, "bass")
    assert "ChoirType is defined multiple times" in line
    for package in packages:
        assert f"{package / 'graphql.py'}, line 5" in line


VIEWS = """
    from dcim.models import Site
    from netbox.views.generic import ObjectView
    from utilities.views import ViewTab, register_model_view

    {classes}
    urlpatterns = []
"""
VIEW = """
    @register_model_view(Site, "{name}", path="choir")
    class {name}(ObjectView):
        queryset = Site.objects.all()
        tab = ViewTab(label="{name}")
"""
EXTENSIONS = """
    from netbox.plugins import PluginTemplateExtension


    class OfSites(PluginTemplateExtension):
        model = "dcim.site"


    class OfRacks(PluginTemplateExtension):
        content_types = ["dcim.rack"]


    class OfNobody(PluginTemplateExtension):
        models = ["dcim.Site"]


    class OfLetters(PluginTemplateExtension):
        models = "dcim.site"


    class OfAll(PluginTemplateExtension):
        word = "all"


    class OfBoth(PluginTemplateExtension):
        model = "dcim.site"
        models = ["dcim.site"]


    template_extensions = [OfSites, OfRacks, OfNobody, OfLetters, OfAll, OfBoth]
"""


def test_what_only_authors_can_put_right_is_named(manage, install, strategy):
    classes = "".join(VIEW.format(name=name) for name in ("Alto", "Bass"))
    install("solo", urls=VIEWS.format(classes=classes), template_content=EXTENSIONS)
    models = """
        from django.db import models


        class Song(models.Model):
            pass
    """
    install("duo", urls=VIEWS.format(classes=VIEW.format(name="Tenor")), models=models)
    skipped = [] if strategy.line == "4.2" else ["too_new"]
    done = manage("check", plugins=["solo", "duo", *skipped])
    found = lines_of(done, "solo")
    view = "cannot be reached: 'Alto' (solo.urls.Alto) has the same path 'choir'"
    assert any(line.startswith(f"solo: views dcim.site: the view 'Bass' (solo.urls.Bass) {view}") for line in found)
    named = {line.split(": ")[1].removeprefix("template extension solo.template_content.") for line in found}
    ignored = {"OfRacks"} if strategy.line == "4.2" else {"OfRacks", "OfSites"}
    assert named == {"views dcim.site", "OfNobody", "OfLetters", *ignored}
    # Its row is missing too, where there are such rows.
    table, view_line = (line for line in lines_of(done, "duo") if "object type" not in line)
    assert view_line.startswith(f"duo: views dcim.site: the view 'Tenor' (duo.urls.Tenor) {view}")
    assert table == "duo: migrations duo.song: there is no table duo_song, though no migration is missing"
    assert lines_of(done, "too_new") == [
        f"{name}: plugin skipped by NetBox: version 1.0 supports NetBox from 99.0.0" for name in skipped
    ]


def test_processes_that_run_other_releases_are_named_and_no_running_plugin_is_lost(manage, install, served, strategy):
    package = install("solo")
    path = os.pathsep.join([os.environ["PYTHONPATH"], str(package.parent)])
    with served(["solo", OURS], PYTHONPATH=path, PYTHONDONTWRITEBYTECODE="1") as server:
        status, text = server.get("/login/")
        assert status == 200, text
        assert "run solo 1.0" not in manage("check", plugins=["solo"]).stdout
        install("solo", version="2.0")
        (line,) = [line for line in lines_of(manage("check", plugins=["solo"]), "solo") if "run solo 1.0" in line]
        workers = children_of(server.process.pid)
        assert {int(pid) for pid in re.findall(r"(\d+) on ", line)} == workers
        assert "; restart NetBox's services, or run " in line
        program = re.escape(Path(os.environ["NETBOX_LAB_PROGRAM"]).name)
        assert re.search(rf"or run \S*{program} plugin_reloader recycle$", line)
        assert manage("preflight", plugins=["solo"]).returncode == 0
        install("solo", version="2.0", min_version="99.0.0")
        refused = manage("preflight", plugins=["solo"])
        assert refused.returncode == 1
        reason = "NetBox would skip solo (version 2.0 supports NetBox from 99.0.0), which it runs now."
        # NetBox 4.2 does not start.
        assert (reason in refused.stderr) is (strategy.line != "4.2")
        (line,) = [line for line in manage("check", plugins=[]).stdout.splitlines() if "solo: " in line]
        assert "run solo 1.0, but it is not loaded any more" in line


@pytest.fixture
def migrations(db):
    """Return all migrations on disk, by app label and name, and what applies and unapplies them; all are applied."""
    return SimpleNamespace(recorder=MigrationRecorder(connection), on_disk=MigrationLoader(connection).disk_migrations)


def test_migrations_that_are_not_applied_are_named(migrations):
    recorder = migrations.recorder
    assert len(migrations.on_disk) > 100
    assert [row for row in condition().failures if row.kind is Kind.MIGRATIONS] == []
    before, last = sorted(name for app_label, name in migrations.on_disk if app_label == "wireless")[-2:]
    recorder.record_unapplied("wireless", last)
    (row,) = [row for row in condition().failures if row.kind is Kind.MIGRATIONS]
    assert (row.plugin, row.subject, row.names) == ("wireless", "wireless", (last,))
    # Django's own "migrate" refuses this.
    recorder.record_applied("wireless", last)
    recorder.record_unapplied("wireless", before)
    (row,) = [row for row in condition().failures if row.subject == "look at migrations"]
    assert f"wireless.{last} is applied before its dependency wireless.{before}" in row.names[0]


def test_a_migration_whose_replaced_ones_are_applied_is_not_missing(migrations):
    replacing = {key: found.replaces for key, found in migrations.on_disk.items() if found.replaces}
    assert replacing
    for key, replaced in replacing.items():
        migrations.recorder.record_unapplied(*key)
        for other in replaced:
            migrations.recorder.record_applied(*other)
    assert [row for row in condition().failures if row.kind is Kind.MIGRATIONS] == []


@pytest.mark.parametrize("changed", ["late_models/__init__.py", "late_models-2.0.dist-info"])
def test_a_plugin_that_was_installed_after_it_was_loaded_is_named(db, tmp_path, monkeypatch, changed):
    # A copy: the tests of other releases, which run at the same time, use the plugin's own file.
    (tmp_path / "late_models").mkdir()
    (tmp_path / "late_models" / "__init__.py").touch()
    (tmp_path / "late_models-2.0.dist-info").mkdir()
    for path in tmp_path.iterdir():
        os.utime(path, (0, 0))
    os.utime(tmp_path / "late_models" / "__init__.py", (0, 0))
    monkeypatch.setattr(sys.modules["late_models"], "__file__", str(tmp_path / "late_models" / "__init__.py"))
    assert [row for row in condition().findings if row.subject == "this process"] == []
    os.utime(tmp_path / changed)
    (row,) = [row for row in condition().findings if row.subject == "this process"]
    assert (row.kind, row.plugin) == (Kind.PROCESS, "late_models")
    assert re.match(r"was installed or changed at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d, after this ", row.names[0])


def test_a_cache_that_does_not_answer_is_no_good_news(db, monkeypatch, settings):
    monkeypatch.setattr("django.core.cache.cache", NoCache())
    monkeypatch.setattr("netbox_plugin_reloader.startup.condition.changed_on_disk", lambda: {"late_models": 1.0})
    found = condition()
    assert [row.subject for row in found.findings if row.kind is Kind.PROCESS] == ["this process"]
    (failed,) = [row for row in found.failures if row.kind is Kind.RELOAD]
    assert failed.subject == "look at processes"
    assert "it is not known which processes there are" in failed.names[0]
    # Nobody knows either whether another process has loaded what NetBox skips.
    import_module("too_new")
    settings.PLUGINS = [*settings.PLUGINS, "too_new"]
    with pytest.raises(CommandError, match=r"would skip too_new \(version 1\.0 .*\), which it may run now\."):
        preflight()


def test_a_plugin_that_nobody_runs_may_be_skipped_and_is_named(db, settings):
    import_module("too_new")
    settings.PLUGINS = [*settings.PLUGINS, "too_new"]
    assert "NetBox skips too_new: version 1.0 supports NetBox from 99.0.0." in call("preflight")


def test_object_types_that_cannot_be_looked_at_are_no_success(db, monkeypatch):
    whole = on_request.run_as_web_process()._replace(findings=(), conflicts=(), failures=())
    problem = "NetBox's object types are left alone while a branch is active"
    command = "netbox_plugin_reloader.management.commands.plugin_reloader"
    monkeypatch.setattr(f"{command}.run_as_web_process", lambda: whole)
    monkeypatch.setattr(f"{command}.check_object_types", lambda strategy: Outcome(problem=problem))
    said = output_of("check")
    assert said.endswith("CommandError: not repaired: 1.\n")
    assert "1 problem needs attention: NetBox." in said
    assert f"netbox: reload pass look at object types: {problem}" in said


@pytest.mark.django_db
def test_a_row_that_netbox_made_meanwhile_is_no_failure(strategy):
    if not strategy.object_type_rows:
        pytest.skip(f"NetBox {strategy.line} keeps no such rows")
    ContentType.objects.get(app_label="late_models", model="late").delete()
    missing = [found for found in object_types._compare().differences if found.row.subject == "late_models.late"]
    assert [found.is_missing for found in missing] == [True]
    ObjectType.objects.get_for_model(apps.get_model("late_models", "late"))
    assert object_types._write(missing) == ([], [])


def test_another_constraint_has_no_remedy():
    error = IntegrityError("duplicate")
    error.__cause__ = Exception()
    error.__cause__.diag = SimpleNamespace(constraint_name="core_objecttype_pkey")
    assert object_types._remedy(error) == ""


def test_a_plugin_with_a_missing_migration_lacks_no_tables(migrations):
    named = [key for key in migrations.on_disk if key[0] == "netbox_animal_sounds"]
    if not named:
        pytest.skip("only with the last release of a line")
    migrations.recorder.record_unapplied(*max(named))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE netbox_animal_sounds_sound RENAME TO elsewhere")
        cursor.execute("ALTER TABLE late_models_late RENAME TO late_elsewhere")
    rows = [row for row in condition().failures if row.kind is Kind.MIGRATIONS]
    assert {(row.plugin, row.subject) for row in rows} == {
        ("netbox_animal_sounds", "netbox_animal_sounds"),
        ("late_models", "late_models.late"),
    }


@pytest.mark.django_db
def test_a_row_that_cannot_be_made_is_no_success(strategy):
    if not strategy.object_type_rows:
        pytest.skip(f"NetBox {strategy.line} keeps no such rows")
    late = ContentType.objects.get(app_label="late_models", model="late")
    with connection.cursor() as cursor:
        sequence = "pg_get_serial_sequence('django_content_type', 'id')"
        cursor.execute(f"SELECT nextval({sequence})")
        (number,) = cursor.fetchone()
        late.delete()
        # No transaction takes that back.
        cursor.execute(f"SELECT setval({sequence}, 1, false)")
        try:
            outcome = repair_object_types(strategy, deliberate=True)
            with pytest.raises(CommandError, match="could not be compared or written: 1"):
                call("repair")
        finally:
            cursor.execute(f"SELECT setval({sequence}, {number})")
    (row,) = outcome.failures
    assert row.subject == "late_models.late"
    assert "IntegrityError: duplicate key" in row.names[0]
    assert re.search(r"run \S+ sqlsequencereset contenttypes \| \S+ dbshell$", row.names[0])
    assert row.subject in {row.subject for row in outcome.stale}
    assert repair_object_types(strategy, deliberate=True).failures == ()
    assert ObjectType.objects.filter(app_label="late_models", model="late").exists()
