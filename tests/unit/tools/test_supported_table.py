"""What the supported table says is said alike by tox, CI, the documentation and the package's metadata."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest
import yaml

from netbox_plugin_reloader import PluginReloaderConfig, __version__
from netbox_plugin_reloader.compat import SUPPORTED
from tests.lab.source import BRANCHES

ROOT = Path(__file__).parents[3]


def environments():
    """Return the tox environment, tag and row of every NetBox release that is tested."""
    for row in SUPPORTED:
        name = f"netbox{row.line.replace('.', '')}"
        yield name, row.last_tag, row
        if row.first_tag != row.last_tag:
            yield f"{name}first", row.first_tag, row


def tox_section(start):
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini", encoding="utf-8")
    (section,) = [name for name in tox.sections() if name.startswith(start)]
    return tox[section]


def releases_set_by(section):
    return re.findall(r"^([\w-]+): NETBOX_TEST_RELEASE = (\S+)$", section["set_env"], re.MULTILINE)


def expand(names):
    """Return the names in a tox list, with ``a{b, c}`` written out."""
    expanded = []
    for name in names.split("\n"):
        before, brace, rest = name.partition("{")
        choices, _, after = rest.partition("}")
        expanded += [f"{before}{choice.strip()}{after}" for choice in choices.split(",")] if brace else [name]
    return [name for name in expanded if name]


def workflow(name="ci"):
    return yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text(encoding="utf-8"))


def test_tox_tests_the_first_and_the_last_release_of_each_line():
    expected = {name: tag for name, tag, _ in environments()}
    default = [name for name in expand(tox_section("tox")["env_list"]) if name.startswith("netbox")]
    assert {name.partition("-")[0] for name in default} == expected.keys()
    ends = [f"netbox{row.line.replace('.', '')}" for row in (SUPPORTED[0], SUPPORTED[-1])]
    assert {f"{name}-{part}" for name in ends for part in ("main", "rest")} < set(default)
    assert (
        re.search(r"^main = .*, (netbox.*)$", tox_section("tox")["labels"], re.M)[1]
        == f"netbox{{{', '.join(line[6:] for line in ends)}}}-main"
    )
    last = [name for name in default if not name.partition("-")[0].endswith("first")]
    depends = expand(tox_section("testenv:coverage")["depends"])
    assert [name for name in depends if name.startswith("netbox")] == last


def test_tox_tests_real_plugins_on_the_last_release_of_each_line():
    with_plugins = {path.stem for path in (ROOT / "tests/netbox/real_plugins").glob("*.txt")}
    # When a line is new, no plugin may support it yet.
    assert {row.line for row in SUPPORTED} - with_plugins <= {SUPPORTED[-1].line}
    assert with_plugins <= {row.line for row in SUPPORTED}
    assert dict(releases_set_by(tox_section("testenv:plugins"))) == {
        f"plugins{row.line.replace('.', '')}": row.last_tag for row in SUPPORTED if row.line in with_plugins
    }


def test_tox_compares_the_tests_of_others_on_the_last_release_of_each_line():
    assert dict(releases_set_by(tox_section("testenv:netbox-tests-"))) == {
        f"netbox-tests-{row.line.replace('.', '')}": row.last_tag for row in SUPPORTED
    }


@pytest.mark.parametrize("name", ["browser", "following"])
def test_tox_tests_the_oldest_and_the_newest_line(name):
    expected = {f"{name}{row.line.replace('.', '')}": row.last_tag for row in (SUPPORTED[0], SUPPORTED[-1])}
    assert dict(releases_set_by(tox_section(f"testenv:{name}"))) == expected
    assert expected.keys() <= set(expand(tox_section("tox")["env_list"]))


def test_ci_runs_every_environment_that_tox_runs_by_default():
    jobs = workflow()["jobs"]
    ran = {name for step in jobs["lint"]["steps"] for name in re.findall(r"[\w-]+", step.get("run", ""))}
    for matrix in (job["strategy"]["matrix"] for job in jobs.values() if "strategy" in job):
        ran.update(matrix.get("environment", ()), (entry["environment"] for entry in matrix.get("include", ())))
    # Of the contract suite CI names the Python too.
    ran = {name.partition("-py")[0] if name.startswith("netbox") else name for name in ran} | set(jobs)
    default = {re.sub("-(quick|main|rest|brief)$", "", name) for name in expand(tox_section("tox")["env_list"])}
    assert {name for name in default if not name.startswith("#")} <= ran


def test_ci_tests_each_release_on_the_oldest_and_the_newest_python():
    expected = {
        (f"{name}-py{python.replace('.', '')}", tag, python)
        for name, tag, row in environments()
        for python in (row.pythons[0], row.pythons[-1])
    }
    matrix = workflow()["jobs"]["netbox"]["strategy"]["matrix"]["include"]
    assert {(entry["environment"], entry["netbox"], entry["python"]) for entry in matrix} == expected
    assert len(matrix) == len(expected)


def test_the_canary_runs_every_line():
    jobs = workflow("canary")["jobs"]
    assert jobs["releases"]["strategy"]["matrix"]["line"] == [row.line for row in SUPPORTED]
    assert jobs["suites"]["strategy"]["matrix"]["environment"] == [
        f"netbox-tests-{row.line.replace('.', '')}" for row in SUPPORTED
    ]
    assert tuple(jobs["branches"]["strategy"]["matrix"]["netbox"]) == BRANCHES


def test_lint_checks_every_file_for_github():
    commands = tox_section("testenv:lint")["commands"].split("\n")
    checked = {word for command in commands if command.startswith("check-jsonschema") for word in command.split()}
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / ".github").rglob("*.yml")}
    assert checked >= files >= {".github/workflows/canary.yml"}


def test_ci_waits_for_every_job():
    jobs = workflow()["jobs"]
    assert set(jobs["check"]["needs"]) == jobs.keys() - {"check"}


def test_ci_and_classifiers_name_every_python():
    pythons = {python for row in SUPPORTED for python in row.pythons}
    matrix = workflow()["jobs"]["unit"]["strategy"]["matrix"]["include"]
    assert {entry["python"] for entry in matrix} == pythons
    assert set(classifiers(r"Programming Language :: Python :: (3\.\d+)")) == pythons


def test_classifiers_name_every_django():
    assert classifiers(r"Framework :: Django :: ([\d.]+)") == list(dict.fromkeys(row.django for row in SUPPORTED))


def classifiers(pattern):
    """Return what ``pattern`` finds in the package's classifiers."""
    return re.findall(rf'^  "{pattern}",$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.M)


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
    # As NetBox compares them; without quotes YAML would read a version such as 4.2 as a number.
    assert isinstance(manifest["netbox_min"], str) and isinstance(manifest["netbox_max"], str)


def test_the_bounds_are_those_of_the_table():
    assert PluginReloaderConfig.version == __version__
    assert PluginReloaderConfig.min_version == f"{SUPPORTED[0].line}.0"
    assert PluginReloaderConfig.max_version == f"{SUPPORTED[-1].line}.99"


def test_the_readme_has_a_row_for_each_line():
    rows = re.findall(
        r"^\| (4\.\d+) \| ([^|]+) \| ([^|]+) \| `~=([\d.]+)`", (ROOT / "README.md").read_text(encoding="utf-8"), re.M
    )
    assert rows == [
        (
            row.line,
            ", ".join(dict.fromkeys([row.first_tag, row.last_tag])) + (" (wheels)" if row.source == "index" else ""),
            ", ".join(row.pythons),
            version,
        )
        for row, version in zip(SUPPORTED, versions(), strict=True)
    ]


def versions():
    """Return the versions that this tree is released as, oldest line first."""
    increment = __version__.rpartition(".")[2]
    return [f"{row.line}.{increment}" for row in SUPPORTED]


def test_compatibility_and_changelog_know_this_release():
    rows = re.findall(r"^\| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|", (ROOT / "COMPATIBILITY.md").read_text(), re.M)
    assert rows[0] == (__version__, PluginReloaderConfig.min_version, PluginReloaderConfig.max_version)
    assert [row[2].removesuffix(".99") for row in rows[: len(SUPPORTED)]] == [row.line for row in reversed(SUPPORTED)]
    assert [row[0] for row in rows[: len(SUPPORTED)]] == list(reversed(versions()))
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## ([\d., ]+) ", changelog, re.M)[1] == ", ".join(versions())
    compatibility = re.search(r"^> \*\*Compatibility:\*\* (.+)$", changelog, re.M)[1]
    assert compatibility == "NetBox " + ", ".join(f"v{row.line}" for row in SUPPORTED)


def test_the_version_belongs_to_the_newest_line():
    assert __version__.rpartition(".")[0] == SUPPORTED[-1].line
