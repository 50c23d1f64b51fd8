"""Each system check is documented; those that no other module shows fire here, and stay silent where all is well."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from netbox.registry import registry

from netbox_plugin_reloader import checks
from netbox_plugin_reloader.startup.condition import condition
from tests.netbox.startup.test_startup import with_us

OURS = "netbox_plugin_reloader"
PAGE = Path(__file__).parents[2] / "docs" / "checks.md"
CALL = re.compile(r"\b_(warning|info|messages)\(\s*(\d+),")


def ids(found):
    return [message.id.rpartition(".")[2] for message in found]


def test_every_check_has_a_number_of_its_own_and_is_documented():
    source = Path(checks.__file__).read_text(encoding="utf-8")
    emitted = [f"{'I' if kind == 'info' else 'W'}{int(number):03}" for kind, number in CALL.findall(source)]
    assert len(emitted) == len(set(emitted)) == len({name[1:] for name in emitted})
    documented = re.findall(
        r"^\| `netbox_plugin_reloader\.([WI]\d+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert sorted(documented) == sorted(emitted)


def test_who_froze_something_is_named(probe, strategy):
    found = probe("checks.py", plugins=with_us(2))
    # That alone is no warning.
    assert not [message for _, message, _ in found["checks"] if "early_forms" in message]
    assert found["report"]["repairs"]
    # From 4.7 on NetBox loads its forms before any plugin is ready.
    if "extras.forms.model_forms" in {early["module"] for early in found["report"]["early_imports"]}:
        (early,) = found["infos"]
        assert early[0] == "I012"
        assert early[1].startswith("early_forms (early_forms.template_content, line 4) loads modules")
        assert "extras.forms.model_forms" in early[1]
        assert early[2].endswith("plugin_reloader trace shows the imports.")
    else:
        assert strategy.line >= "4.7"
        assert found["infos"] == []


def test_who_loads_early_what_is_complete_is_not_named_and_netbox_itself_is_no_culprit(probe, strategy):
    """Nor is a copy of a model feature a finding that is complete."""
    found = probe("checks.py", plugins=["late_resources", OURS, "late_models", "early_forms", "copied_models"])
    assert (found["checks"], found["infos"]) == ([], [])
    culprits = {early["plugin"] for early in found["report"]["early_imports"]}
    assert culprits == {"early_forms"} if strategy.line < "4.7" else culprits <= {"early_forms"}


@pytest.mark.parametrize(("version", "expected"), [("4.1.5", ["W013"]), ("4.9.5", []), (checks.__version__, [])])
def test_a_release_for_an_older_netbox_is_named(monkeypatch, version, expected):
    monkeypatch.setattr(checks, "__version__", version)
    found = checks.check_netbox_version()
    assert [name for name in ids(found) if name == "W013"] == expected
    if expected:
        assert version in found[0].msg


def test_a_netbox_that_was_not_tested_is_no_matter_of_every_command(monkeypatch, line):
    monkeypatch.setattr(checks, "running_version", lambda: f"{line.line}.98")
    assert checks.check_netbox_version() == []


@pytest.fixture(params=["plugins", "views"])
def broken_store(request):
    """Have a store of NetBox's registry be no dictionary, which NetBox's registry itself does not allow."""
    kept = registry[request.param]
    dict.__setitem__(registry, request.param, 7)
    yield {"plugins": "template extensions", "views": "views"}[request.param]
    dict.__setitem__(registry, request.param, kept)


@pytest.mark.django_db
def test_a_store_that_is_not_what_it_was_is_a_failure_of_what_looks_at_it(broken_store):
    (failed,) = [message.msg for message in checks.run_checks() if message.id.endswith(".W016")]
    assert failed.startswith("The system check check_conflicts() failed: AttributeError: ")
    whole = condition()
    assert f"look at {broken_store}" in {row.subject for row in whole.failures}
    assert f"look at {broken_store}" not in {row.subject for row in (*whole.conflicts, *whole.findings)}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("failing", "check"), [("skipped_plugins", "check_plugins"), ("check_object_types", "check_rows")]
)
def test_a_check_that_raises_is_a_warning_and_stops_no_command(monkeypatch, caplog, failing, check):
    def fail(*arguments):
        raise RuntimeError("not today")

    monkeypatch.setattr(checks, failing, fail)
    found = [*checks.run_checks(), *checks.check_rows(["default"])]
    (failed,) = [message for message in found if message.id.endswith(".W016")]
    assert failed.msg == f"The system check {check}() failed: RuntimeError: not today."
    assert f"The system check {check}() failed" in caplog.text
