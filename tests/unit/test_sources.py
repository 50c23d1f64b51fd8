"""Where a NetBox comes from, and what is said when it cannot be had from there."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.lab import source as lab_source
from tests.lab.errors import LabError, NetBoxUnavailable
from tests.lab.home import Home
from tests.lab.not_run import exit_status, left_out, open_or_skip
from tests.lab.source import FIRST_WHEEL, SUPPORTED, Source, asked_release, choose_source, prepare_source, published
from tests.lab.tools import Tools, explained

# What pip 23.2 prints of an index that does not answer, and of one that has other releases.
UNREACHABLE = """\
WARNING: Retrying (Retry(total=1, connect=None)) after connection broken by 'Connection refused': /simple/netbox/
WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by 'Connection refused': /simple/netbox/
ERROR: Could not find a version that satisfies the requirement netbox==4.7.3 (from versions: none)
ERROR: No matching distribution found for netbox==4.7.3
"""
OTHERS = """\
ERROR: Could not find a version that satisfies the requirement netbox==4.7.99 (from versions: 4.7.0b1, 4.7.2, 4.7.3)
ERROR: No matching distribution found for netbox==4.7.99
"""
NOT_LISTED = "ERROR: No matching distribution found for netbox\n"
LISTED = "netbox (4.7.3)\nAvailable versions: 4.7.3, 4.7.2\n  INSTALLED: 4.7.2\n"


@pytest.fixture(autouse=True)
def _nothing_named(monkeypatch):
    for name in ("CI", "NETBOX_CHECKOUT", "NETBOX_REPOSITORY", "NETBOX_LAB_NOT_RUN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "lab")


@pytest.fixture
def pip(tmp_path):
    """Return a function that makes tools whose pip prints a text and ends with a status."""

    def make(text, status):
        python = Tools(tmp_path).python
        python.parent.mkdir()
        python.write_text(f"#!/bin/sh\ncat <<'END'\n{text}END\nexit {status}\n")
        python.chmod(0o755)
        return Tools(tmp_path)

    return make


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """Return a git repository that stands for NetBox's and has the release 4.2.9 alone."""
    path = tmp_path / "repository"
    (path / "netbox").mkdir(parents=True)
    (path / "requirements.txt").write_text("Django==5.1\npsycopg[c,pool]==3.2\nmkdocs-material==9\n")
    for package in ("netbox", "dcim", "scripts"):
        (path / "netbox" / package).mkdir()
        (path / "netbox" / package / "__init__.py").touch()
    git = ["git", "-C", path, "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "a"], ["tag", "v4.2.9"]):
        subprocess.run([*git, *command], check=True)
    monkeypatch.setenv("NETBOX_REPOSITORY", str(path))
    return path


def test_every_row_of_the_table_names_a_source():
    assert {row["source"] for row in SUPPORTED} == set(lab_source.SOURCES)
    # Below the first wheel is no other, so one release says it.
    assert [row["source"] for row in SUPPORTED] == sorted(row["source"] for row in SUPPORTED)


@pytest.mark.parametrize(
    ("version", "wanted", "source"),
    [
        *((row["first_tag"], None, row["source"]) for row in SUPPORTED),
        *((row["last_tag"], None, row["source"]) for row in SUPPORTED),
        ("4.99.0", None, "index"),
        ("main", None, "checkout"),
        (FIRST_WHEEL, "checkout", "checkout"),
        (FIRST_WHEEL, "index", "index"),
    ],
)
def test_the_table_says_where_a_release_comes_from(version, wanted, source):
    assert choose_source(version, wanted) == source


@pytest.mark.parametrize(
    ("environment", "named", "release"),
    [
        ("netbox42first-py310", "", SUPPORTED[0]["first_tag"]),
        ("netbox-tests-42", "4.7.2", SUPPORTED[0]["last_tag"]),
        ("browser42", "", SUPPORTED[0]["last_tag"]),
        ("unit-py312", "4.7.3", "4.7.3"),
        ("", "v4.7.3", "4.7.3"),
    ],
)
def test_the_environment_names_the_line_and_people_the_release(monkeypatch, environment, named, release):
    monkeypatch.setenv("TOX_ENV_NAME", environment)
    monkeypatch.setenv("NETBOX_TEST_RELEASE", named)
    assert asked_release() == release


def test_which_release_is_never_guessed(monkeypatch):
    monkeypatch.setenv("TOX_ENV_NAME", "netbox99")
    monkeypatch.delenv("NETBOX_TEST_RELEASE", raising=False)
    with pytest.raises(LabError, match="Name the NetBox release in NETBOX_TEST_RELEASE"):
        asked_release()


def test_a_checkout_that_is_named_is_taken(monkeypatch):
    monkeypatch.setenv("NETBOX_CHECKOUT", "/somewhere")
    assert choose_source("4.7.3") == "checkout"


@pytest.mark.parametrize("version", ["4.2.9", "4.6.8", "main"])
def test_the_index_has_no_older_release(home, version):
    with pytest.raises(LabError) as raised:
        prepare_source(home, None, version, "index")
    assert str(raised.value) == (
        f"The package index has NetBox from 4.7.0 on: NetBox {version} comes as a checkout only."
    )
    assert raised.value.exit_status == 1


def test_a_release_that_the_repository_lacks_is_a_mistake_and_no_missing_network(home, repository):
    with pytest.raises(LabError, match=rf"^{repository} has no v4\.2\.99\.$") as raised:
        prepare_source(home, None, "4.2.99")
    assert raised.value.exit_status == 1


def test_a_repository_that_cannot_be_reached(home, tmp_path, monkeypatch):
    monkeypatch.setenv("NETBOX_REPOSITORY", str(tmp_path / "nowhere"))
    with pytest.raises(NetBoxUnavailable, match=r"^NetBox 4\.2\.9 cannot be cloned from ") as raised:
        prepare_source(home, None, "4.2.9")
    assert (raised.value.exit_status, str(raised.value).count("\n")) == (3, 0)
    with pytest.raises(NetBoxUnavailable, match="nowhere"):
        published("checkout", None)


def test_a_checkout_says_what_is_needed_of_it(home, repository, tmp_path):
    checkout = prepare_source(home, None, "4.2.9")
    assert checkout.pins == ("Django==5.1", "psycopg[binary,pool]==3.2")
    assert checkout.packages() == ("dcim", "netbox")
    assert checkout.program(tmp_path / "python") == checkout.checkout / "netbox" / "manage.py"
    assert published("checkout", None) == ["v4.2.9"]


def test_an_index_that_cannot_be_reached(home, pip, capsys):
    with pytest.raises(NetBoxUnavailable) as raised:
        prepare_source(home, pip(UNREACHABLE, 1), "4.7.3")
    assert str(raised.value) == (
        "NetBox 4.7.3 cannot be had: the package index cannot be reached, or has no netbox==4.7.3."
    )
    assert raised.value.exit_status == 3
    assert capsys.readouterr().err == "Downloading NetBox 4.7.3 from the package index …\n"


def test_an_index_that_cannot_be_asked_for_its_releases(pip):
    with pytest.raises(NetBoxUnavailable, match=r"^The releases of NetBox cannot be had: the package index cannot be "):
        published("index", pip(NOT_LISTED, 23))


def test_the_releases_of_the_index(pip):
    assert published("index", pip(LISTED, 0)) == ["4.7.3", "4.7.2"]


def test_a_release_that_the_index_lacks_is_a_mistake_and_no_missing_network(home, pip):
    with pytest.raises(LabError) as raised:
        prepare_source(home, pip(OTHERS, 1), "4.7.99")
    assert str(raised.value) == (
        "NetBox 4.7.99 cannot be had: the package index has 4.7.0b1, 4.7.2, 4.7.3 only; "
        "--source checkout looks elsewhere."
    )
    assert raised.value.exit_status == 1


def test_tools_that_the_index_does_not_give():
    said = " ".join(UNREACHABLE.replace("netbox", "uv").splitlines()[2:])
    sentence = f"The lab's tools cannot be installed: {said}"
    assert str(explained(sentence)) == (
        "The lab's tools cannot be installed: the package index cannot be reached, or has no uv==4.7.3."
    )
    assert str(explained("It failed: the disk is full")) == "It failed: the disk is full"


@pytest.mark.parametrize(("version", "python"), [("4.7.3", "3.11"), ("4.7.0", "3.10"), ("4.2.9", "3.13")])
def test_a_python_that_netbox_does_not_run_on(version, python):
    with pytest.raises(LabError, match=rf"^NetBox {version} does not run on Python {python}: give 3\.1\d, ") as raised:
        Source(version, version, ()).check_python(python)
    assert raised.value.exit_status == 1


def test_a_python_that_netbox_runs_on():
    Source("4.7.3", "4.7.3", ()).check_python("3.12")
    # Nobody knows yet.
    Source("4.8.0", "4.8.0", ()).check_python("3.11")
    Source("main", "main", ()).check_python("3.11")


def test_what_is_not_run_is_noted_on_a_persons_machine(tmp_path, monkeypatch, capsys):
    note = tmp_path / "notes" / "netbox42"
    monkeypatch.setenv("NETBOX_LAB_NOT_RUN", str(note))
    assert exit_status(NetBoxUnavailable("No network.")) == 0
    assert (note.read_text(), capsys.readouterr().err) == ("No network.", "not run: No network.\n")


def test_what_is_not_run_is_a_failure_in_ci(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("NETBOX_LAB_NOT_RUN", str(tmp_path / "note"))
    monkeypatch.setenv("CI", "true")
    assert exit_status(NetBoxUnavailable("No network.")) == 3
    assert capsys.readouterr().err == "error: No network.\n"
    assert not left_out("No network.")
    assert not (tmp_path / "note").exists()


@pytest.mark.parametrize(("ci", "outcome"), [("", pytest.skip.Exception), ("true", NetBoxUnavailable)])
def test_tests_without_a_netbox_are_skipped_or_fail(monkeypatch, ci, outcome):
    def unavailable(*_, **__):
        raise NetBoxUnavailable("No network.")

    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr("tests.lab.lab.Lab.open", unavailable)
    # Both kinds: a skip that nobody expects would skip this test as well.
    with (
        pytest.raises((pytest.skip.Exception, NetBoxUnavailable), match="No network") as raised,
        open_or_skip("4.2.9"),
    ):
        raise AssertionError(os.environ)
    assert raised.type is outcome
