"""What lies in .github is checked, and the release workflow decides nothing itself."""

from __future__ import annotations

import re
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


def test_the_page_for_authors_says_what_the_plugin_matrix_takes():
    # YAML reads "on" as true.
    inputs = load("workflows/plugin-matrix.yml")[True]["workflow_call"]["inputs"]
    page = (ROOT / "docs" / "plugin-authors.md").read_text(encoding="utf-8")
    _, _, rest = page.partition("| `with:` |")
    rows = re.findall(r"^\| `(\w+)` \| .* \| `?([^`|]*?)`? \|$", rest.partition("\n\n")[0], re.MULTILINE)
    assert [name for name, _ in rows] == list(inputs)
    for name, default in rows:
        assert inputs[name]["default"] in ("", default), name


def test_the_plugin_matrix_reads_and_nothing_else():
    jobs = load("workflows/plugin-matrix.yml")["jobs"].values()
    assert all(job["permissions"] == {"contents": "read"} for job in jobs)
    assert "secrets" not in (GITHUB / "workflows/plugin-matrix.yml").read_text(encoding="utf-8")
