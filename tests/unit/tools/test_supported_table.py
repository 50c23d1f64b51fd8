"""What the supported table says is said alike by tox, CI and the package's metadata."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from packaging.specifiers import SpecifierSet

from netbox_plugin_reloader import PluginReloaderConfig, __version__
from netbox_plugin_reloader.compat import SUPPORTED
from tests.lab.source import BRANCHES
from tools.matrix import matrices
from tools.release.__main__ import ROOT
from tools.release.lines import read_lines

FACTORS = [row.line.replace(".", "") for row in SUPPORTED]
ENDS = (FACTORS[0], FACTORS[-1])
# Each NetBox release that is tested, by its tox environment. When a line is new, its first release is its last.
TESTED = {
    f"netbox{row.line.replace('.', '')}{'' if tag == row.last_tag else 'first'}": (tag, row)
    for row in SUPPORTED
    for tag in (row.first_tag, row.last_tag)
}
WITH_PLUGINS = {path.stem for path in Path(ROOT, "tests/netbox/real_plugins").glob("*.txt")}


def tox(*arguments):
    """Return what a command of tox prints."""
    command = [sys.executable, "-m", "tox", *arguments, "-qq"]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def config():
    """What tox makes of tox.ini: the environments by default, by label and before coverage, and lint's commands."""
    keys = ("env_list", "labels", "depends", "commands")
    return json.loads(tox("config", "--core", "-e", "lint,coverage", "--format", "json", "-k", *keys))


@pytest.fixture(scope="module")
def environments():
    """The environments that tox.ini describes; tox takes any other name too, and runs nothing there."""
    return re.findall(r"^(\S+) +-> (?!\[no description\])", tox("list"), re.MULTILINE)


def workflow(name="ci"):
    return yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text(encoding="utf-8"))


def test_tox_tests_the_first_and_the_last_release_of_each_line(config):
    default, labelled = config["tox"]["env_list"], config["tox"]["labels"]["main"]
    netbox = [name for name in default if name.startswith("netbox")]
    assert {name.partition("-")[0] for name in netbox} == TESTED.keys()
    main = {f"netbox{factor}-main" for factor in ENDS}
    assert main | {f"netbox{factor}-rest" for factor in ENDS} < {*netbox}
    assert main < {*labelled}
    last = [name for name in netbox if "first" not in name]
    assert [name for name in config["env"]["coverage"]["depends"] if name.startswith("netbox")] == last
    # `make test-all` does not do again what `make test` has done.
    (skipped,) = re.findall(r"--skip-env '(.*)\$\$'", (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert [name for name in default if re.fullmatch(skipped, name)] == labelled


@pytest.mark.parametrize(
    ("name", "factors"),
    [
        ("netbox", FACTORS),
        ("netbox-tests-", FACTORS),
        ("plugins", [line.replace(".", "") for line in sorted(WITH_PLUGINS)]),
        ("browser", ENDS),
        ("following", ENDS),
    ],
)
def test_tox_has_an_environment_for_each_line(environments, name, factors):
    found = [environment for environment in environments if re.fullmatch(rf"{name}\d+", environment)]
    assert sorted(found) == [f"{name}{factor}" for factor in factors]


def test_real_plugins_are_tested_on_each_line():
    # When a line is new, no plugin may support it yet.
    lines = {row.line for row in SUPPORTED}
    assert lines - {SUPPORTED[-1].line} <= WITH_PLUGINS <= lines


def test_ci_runs_every_environment_that_tox_runs_by_default(config, environments):
    jobs, made = workflow()["jobs"], matrices()
    assert {entry["environment"] for entries in made.values() for entry in entries} <= {*environments}
    ran = {name for step in jobs["lint"]["steps"] for name in re.findall(r"[\w-]+", step.get("run", ""))} | set(jobs)
    for name, job in jobs.items():
        matrix = job.get("strategy", {"matrix": {}})["matrix"]
        ran.update(matrix.get("environment", ()))
        if "include" in matrix:
            assert matrix == {"include": f"${{{{ fromJSON(needs.lines.outputs.{name}) }}}}"}
            assert jobs["lines"]["outputs"][name] == f"${{{{ steps.lines.outputs.{name} }}}}"
            # Of the contract suite CI names the Python too.
            ran.update(re.sub(r"^(netbox.*)-py\d+$", r"\1", entry["environment"]) for entry in made.pop(name))
    assert not made
    default = config["tox"]["env_list"]
    assert {re.sub("-(quick|main|rest|brief)$", "", name) for name in default} <= ran
    assert {*default} <= {*environments}


def test_ci_tests_each_release_on_the_oldest_and_the_newest_python():
    expected = [
        (f"{name}-py{python.replace('.', '')}", tag, python)
        for name, (tag, row) in TESTED.items()
        for python in (row.pythons[0], row.pythons[-1])
    ]
    assert [(entry["environment"], entry["netbox"], entry["python"]) for entry in matrices()["netbox"]] == expected
    assert {entry["python"] for entry in matrices()["unit"]} == {python for row in SUPPORTED for python in row.pythons}


def test_the_canary_runs_every_line():
    jobs = workflow("canary")["jobs"]
    assert jobs["releases"]["strategy"]["matrix"]["line"] == [row.line for row in SUPPORTED]
    assert jobs["suites"]["strategy"]["matrix"]["environment"] == [f"netbox-tests-{factor}" for factor in FACTORS]
    assert tuple(jobs["branches"]["strategy"]["matrix"]["netbox"]) == BRANCHES


def test_lint_checks_every_file_for_github(config):
    checked = set(" ".join(config["env"]["lint"]["commands"]).split())
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / ".github").rglob("*.yml")}
    assert checked >= files >= {".github/workflows/canary.yml"}


def test_ci_waits_for_every_job():
    jobs = workflow()["jobs"]
    assert set(jobs["check"]["needs"]) == jobs.keys() - {"check"}


def test_the_manifest_is_the_plugins_configuration():
    manifest = yaml.safe_load((ROOT / "netbox-plugin.yaml").read_text(encoding="utf-8"))
    assert manifest == {
        "schema_version": 1,
        "package_name": "netbox-plugin-reloader",
        "plugin_name": PluginReloaderConfig.name,
        "netbox_min": PluginReloaderConfig.min_version,
        "netbox_max": PluginReloaderConfig.max_version,
        "config": {
            "required_settings": PluginReloaderConfig.required_settings,
            "default_settings": PluginReloaderConfig.default_settings,
        },
    }
    assert PluginReloaderConfig.version == __version__
    # As NetBox compares them; without quotes YAML would read a version such as 4.2 as a number.
    assert isinstance(manifest["netbox_min"], str) and isinstance(manifest["netbox_max"], str)


def test_pip_takes_the_newest_line_without_a_pin_and_a_lines_own_release_with_its_pin():
    versions = [line.version for line in read_lines(ROOT)]
    assert max(versions, key=lambda version: [*map(int, version.split("."))]) == versions[-1]
    assert [list(SpecifierSet(f"~={version}").filter(versions)) for version in versions] == [[v] for v in versions]
