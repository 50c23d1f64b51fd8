"""What lies in .github is checked, and the release workflow decides nothing itself."""

from __future__ import annotations

from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"


def load(name):
    return yaml.safe_load((GITHUB / name).read_text(encoding="utf-8"))


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
