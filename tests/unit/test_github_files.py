"""What lies in .github is checked, and the release workflow decides nothing itself."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"


def load(name):
    return yaml.safe_load((GITHUB / name).read_text(encoding="utf-8"))


def test_every_action_is_pinned_to_a_commit():
    for path in (GITHUB / "workflows").glob("*.yml"):
        for action in re.findall(r"uses: (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE):
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), (path.name, action)


def test_a_release_needs_the_decision_the_build_and_nothing_secret():
    jobs = load("workflows/release.yml")["jobs"]
    assert {name: job.get("needs") for name, job in jobs.items()} == {
        "decide": None,
        "build": "decide",
        "publish": ["decide", "build"],
        "announce": ["decide", "publish"],
    }
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert all("id-token" not in job["permissions"] for name, job in jobs.items() if name != "publish")
    assert "secrets." not in (GITHUB / "workflows/release.yml").read_text(encoding="utf-8")


def test_a_bug_comes_with_what_is_needed_to_understand_it():
    fields = {field["id"]: field for field in load("ISSUE_TEMPLATE/bug.yml")["body"] if "id" in field}
    assert {"netbox", "plugins", "report"} <= {
        name for name, field in fields.items() if field["validations"]["required"]
    }
    assert "plugin_reloader status --json" in fields["report"]["attributes"]["description"]
