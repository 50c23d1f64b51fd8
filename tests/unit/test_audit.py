"""The audit fails on what is vulnerable, and is no success where PyPI does not answer."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests import audit

FINE = {"name": "packaging", "version": "25.0", "vulns": []}
VULNERABLE = {"name": "mkdocs", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}]}
UNTOLD = {"name": "ruff", "skip_reason": "Dependency not found on PyPI"}
OURS = {"name": audit.OURS, "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("packages", "status", "status_in_ci", "said"),
    [
        ([FINE, OURS], 0, 0, "1 of 1 packages audited, 0 vulnerable"),
        ([FINE, VULNERABLE], 1, 1, "mkdocs 1.0: PYSEC-1, mended in 1.1"),
        ([FINE, UNTOLD], 0, 1, "PyPI does not tell which vulnerabilities are known of: ruff"),
        (None, 0, 1, "PyPI does not tell which vulnerabilities are known: no route"),
    ],
)
def test_what_is_vulnerable_or_unknown_is_said(monkeypatch, capsys, packages, status, status_in_ci, said):
    out = "" if packages is None else json.dumps({"dependencies": packages, "fixes": []})
    done = subprocess.CompletedProcess([], 0, stdout=out, stderr="Traceback\nno route\n")
    monkeypatch.setattr(audit.subprocess, "run", lambda command, **options: done)
    monkeypatch.delenv("CI", raising=False)
    assert audit.audit() == status
    assert said in capsys.readouterr().out
    monkeypatch.setenv("CI", "true")
    assert audit.audit() == status_in_ci
