"""A process with old code writes nothing, and a job costs nothing: real processes, whose plugin changes on disk."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

OURS = "netbox_plugin_reloader"
PLUGIN = "old_choir"
PROBE = Path(__file__).parents[1] / "probes" / "old_code.py"
JOBS = 15
ALLOWED = 0.002
"""How much processor time of ours a job may take, in seconds."""

PUT_BACK = """
UPDATE core_objecttype SET public = kept.public, features = kept.features FROM kept
WHERE core_objecttype.contenttype_ptr_id = kept.contenttype_ptr_id;
COMMENT ON TABLE core_objecttype IS NULL
"""
CONFIG = """
import json
import os
import threading
import time

from netbox.plugins import PluginConfig

fork = os.fork
calls = []
times = []


def note_time():
    times.append(time.process_time())


def measured_fork():
    # What is registered last runs first, so these two stand around whatever others do before a fork. The fork itself
    # costs more than that, and never the same.
    if not times:
        os.register_at_fork(before=note_time)
    del calls[:], times[:]
    pid = fork()
    if pid and "OLD_CHOIR_COSTS" in os.environ:
        with open(os.environ["OLD_CHOIR_COSTS"], "a") as file:
            file.write(json.dumps({{"cpu": times[-1] - times[0], "cache": len(calls), "times": len(times)}}) + "\\n")
    return pid


class Config(PluginConfig):
    name = "old_choir"
    verbose_name = "Old choir"
    version = "{version}"

    def ready(self):
        super().ready()
        from django_redis.cache import RedisCache

        os.register_at_fork(before=note_time)
        os.fork = measured_fork
        for name in ("get", "set", "add", "incr", "delete", "get_many", "iter_keys"):
            setattr(RedisCache, name, counted(getattr(RedisCache, name)))
        if "{feature}":
            from netbox.utils import register_model_feature

            register_model_feature("{feature}", lambda model: True)


def counted(function):
    def call(*args, **kwargs):
        calls.append(function)
        return function(*args, **kwargs)

    return call


config = Config
"""
JOB = """
import time

from core.signals import job_start
from django.db import connection
from netbox.jobs import JobRunner

from . import calls

measured = {}
send = job_start.send


def measured_send(*args, **kwargs):
    statements, before = [], len(calls)

    def record(execute, sql, *more):
        statements.append(sql)
        return execute(sql, *more)

    started = time.process_time()
    with connection.execute_wrapper(record):
        send(*args, **kwargs)
    measured.update(cpu=time.process_time() - started, queries=len(statements), cache=len(calls) - before)


job_start.send = measured_send


class Nothing(JobRunner):
    class Meta:
        name = "Nothing"

    def run(self, *args, **kwargs):
        self.job.data = measured
        self.job.save()
"""


def install(folder, version, feature=""):
    """Write the plugin; from version 2.0 on every model has a feature of its own."""
    package = folder / PLUGIN
    # A file that was compiled within the same second is taken for unchanged.
    shutil.rmtree(package, ignore_errors=True)
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(CONFIG.format(version=version, feature=feature))
    (package / "jobs.py").write_text(JOB)


def environ(folder, plugins=(PLUGIN, OURS)):
    return {
        **os.environ,
        "NETBOX_LAB_PLUGINS": json.dumps(plugins),
        # To load the pages takes longer than all else, and is no matter of rows.
        "NETBOX_LAB_PLUGINS_CONFIG": json.dumps({OURS: {"warm_up": False}}),
        "OLD_CHOIR_COSTS": str(folder / "costs"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.pathsep.join([os.environ["PYTHONPATH"], str(folder)]),
    }


class Process(subprocess.Popen):
    """A process that has loaded its code and does what it is told, until its input is closed."""

    def __init__(self, folder, plugins=(PLUGIN, OURS)):
        variables = environ(folder, plugins)
        super().__init__(
            [sys.executable, PROBE], env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert json.loads(self.stdout.readline()) == "ready"

    def __call__(self, line):
        self.stdin.write(f"{line}\n")
        self.stdin.flush()
        while not (answer := self.stdout.readline()).startswith("{"):
            assert answer, line
        return json.loads(answer)


@pytest.fixture
def begin():
    """Return a function that starts a process; afterwards all have ended."""
    with contextlib.ExitStack() as stack:
        yield lambda *arguments: stack.enter_context(Process(*arguments))


@contextlib.contextmanager
def background_worker(folder, plugins=(PLUGIN, OURS), left_out=()):
    command = [sys.executable, "-m", "tests.lab.inside", "manage", "rqworker", "high", "default", "low"]
    kept = {name: value for name, value in environ(folder, plugins).items() if name not in left_out}
    with subprocess.Popen(command, env=kept) as process:
        try:
            yield
        finally:
            process.terminate()


@pytest.fixture(autouse=True)
def database(strategy):
    """Return a connection to the database; afterwards the rows of object types, if there are any, are as they were."""
    with psycopg.connect(os.environ["NETBOX_LAB_DATABASE_URL"], autocommit=True) as connection:
        if strategy.object_type_rows:
            connection.execute("CREATE TEMPORARY TABLE kept AS TABLE core_objecttype")
        yield connection
        if strategy.object_type_rows:
            connection.execute(PUT_BACK)


@pytest.fixture
def rows(strategy):
    if not strategy.object_type_rows:
        pytest.skip("there are no rows that old code could write")


def reasons(found):
    return [names[-1] for plugin, subject, *names in found["answer"] if (plugin, subject) == ("netbox", "all rows")]


@pytest.mark.usefixtures("rows")
def test_old_code_writes_nothing(begin, tmp_path):
    host, other_host = tmp_path / "host", tmp_path / "other_host"
    for folder in (host, other_host):
        install(folder, "1.0")
    old = begin(host)
    assert old("repair")["singing"] == 0
    unprepared = begin(host)
    with background_worker(host):
        old("jobs 1")
        install(host, "2.0", "singing")
        new = begin(host)
        everything = new("start")
        assert everything["changed"] == everything["singing"] > 100
        # A worker that nobody restarted, and its job.
        assert old("jobs 2")["changed"] == 0
    # The cache is no place where this is remembered.
    new("forget")
    again = old("again")
    assert again["changed"] == 0
    (reason,) = reasons(again)
    assert reason.startswith("written last with old_choir 2.0, but this process has old_choir 1.0. Restart ")
    assert len([row for row in again["answer"] if row[-1] == "features -singing"]) == everything["singing"]
    # Who reads the report later is told the same.
    assert old("report")["answer"] == again["answer"]
    assert unprepared("start")["changed"] == 0
    # A host that is not upgraded yet starts a worker.
    late = begin(other_host)
    assert late("start")["changed"] == 0
    assert reasons(late("report")) == [reason]
    without = begin(other_host, (OURS,))
    assert without("start")["changed"] == 0
    assert reasons(without("report"))[0].startswith("written last with old_choir 2.0, but this process has no old_c")
    assert [name for _, _, *names in new("again")["answer"] for name in names if "singing" in name] == []
    # Whoever means it may go back, and whoever is newer writes again.
    assert late("repair")["singing"] == 0
    assert late("again")["changed"] == 0
    assert new("again")["singing"] == everything["singing"]


@pytest.mark.usefixtures("rows")
def test_code_of_the_same_version_that_was_loaded_before_writes_nothing(begin, tmp_path):
    install(tmp_path, "1.0")
    old = begin(tmp_path)
    assert old("repair")["singing"] == 0
    install(tmp_path, "1.0", "singing")
    new = begin(tmp_path)
    assert new("start")["singing"] > 100
    found = old("again")
    assert found["changed"] == 0
    assert reasons(found)[0].startswith("written last by other code, after this process had started. Restart ")
    install(tmp_path, "1.0")
    assert begin(tmp_path)("start")["singing"] == 0
    assert new("again")["changed"] == 0


@pytest.mark.usefixtures("rows")
def test_what_somebody_changed_is_put_right_by_whoever_wrote_last(begin, tmp_path, database):
    install(tmp_path, "2.0", "singing")
    first = begin(tmp_path)
    second = begin(tmp_path)
    written = first("start")["singing"]
    assert second("start")["changed"] == 0
    assert written > 100
    # Nobody has written then, so this is what NetBox meets that is new to the package, too.
    database.execute("UPDATE core_objecttype SET features = '{}'; COMMENT ON TABLE core_objecttype IS NULL")
    assert second("again")["singing"] == written


def costs(begin, folder, plugins):
    """Return what a job spends in the signal that it begins, and its worker before the fork: medians, most calls."""
    process = begin(folder, plugins)
    costs = folder / "costs"
    costs.unlink(missing_ok=True)
    # Whoever measures what lines are run makes each of them cost more.
    with background_worker(folder, plugins, left_out=["COVERAGE_PROCESS_START"]):
        process("jobs 2")
        costs.write_text("")
        children = process(f"jobs {JOBS}")["answer"]
        time.sleep(0.2)
    parents = [json.loads(line) for line in costs.read_text().splitlines()]
    assert len(children) == JOBS <= len(parents)
    assert {job["times"] for job in parents} == {2}
    return {
        "cpu": statistics.median(job["cpu"] for job in children) + statistics.median(job["cpu"] for job in parents),
        "queries": max(job["queries"] for job in children),
        "cache": max(job["cache"] for job in children) + max(job["cache"] for job in parents),
    }


def test_a_job_costs_nothing(begin, tmp_path):
    install(tmp_path, "1.0")
    without = costs(begin, tmp_path, (PLUGIN,))
    # Something was reloaded once.
    begin(tmp_path, (PLUGIN, OURS))("again")
    raised = (
        "from netbox_plugin_reloader.processes.generation import raise_generation as r; import sys; sys.exit(not r())"
    )
    setup = "import django; django.setup();"
    subprocess.run([sys.executable, "-c", setup + raised], env=environ(tmp_path), check=True)
    with_us = costs(begin, tmp_path, (PLUGIN, OURS))
    print(f"without us {without}, with us {with_us}")
    assert with_us["queries"] == without["queries"]
    assert with_us["cache"] - without["cache"] <= 1
    assert with_us["cpu"] - without["cpu"] <= ALLOWED
