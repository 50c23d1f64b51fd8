"""Each system check is documented; those that no other module shows fire here, and stay silent where all is well."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core import checks as django_checks

from netbox_plugin_reloader import checks

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


def test_a_healthy_netbox_has_neither_warning_nor_information(probe):
    found = probe("checks.py", plugins=["late_models", OURS])
    assert (found["checks"], found["infos"]) == ([], [])


def test_who_loads_forms_early_is_named_and_that_we_are_not_last(probe):
    found = probe("checks.py", plugins=["early_forms", OURS, "late_models"])
    # Django keeps no order of checks.
    early, position = sorted(found["infos"], key=lambda message: message[0], reverse=True)
    assert position[:2] == ["I011", f"{OURS!r} is not the last entry of PLUGINS."]
    assert early[0] == "I012"
    assert early[1].startswith("early_forms (early_forms.template_content, line 4) loads")
    assert "extras.forms.model_forms" in early[1]


@pytest.mark.parametrize(("version", "expected"), [("4.1.5", ["W013"]), ("4.9.5", []), (checks.__version__, [])])
def test_a_release_for_an_older_netbox_is_named(monkeypatch, version, expected):
    monkeypatch.setattr(checks, "__version__", version)
    found = checks.check_netbox_version()
    assert [name for name in ids(found) if name == "W013"] == expected
    if expected:
        assert version in found[0].msg


def test_a_netbox_that_was_not_tested_is_named(monkeypatch, line):
    monkeypatch.setattr(checks, "running_version", lambda: line.last_tag)
    assert "I014" not in ids(checks.check_netbox_version())
    newer = f"{line.line}.98"
    monkeypatch.setattr(checks, "running_version", lambda: newer)
    (found,) = [message for message in checks.check_netbox_version() if message.id.endswith("I014")]
    assert found.level == django_checks.INFO
    assert newer in found.msg
    assert line.last_tag in found.msg
