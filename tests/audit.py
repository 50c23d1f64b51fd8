"""Ask PyPI whether a vulnerability is known in anything that this environment has installed: ``python -m tests.audit``.

Ends with 1 if one is. What PyPI does not tell is named; that is a failure only where the variable CI is set.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

OURS = "netbox-plugin-reloader"


def known() -> list[dict]:
    """Return what pip-audit says of each package; raises ValueError with its error if it says nothing."""
    command = [sys.executable, "-m", "pip_audit", "--local", "--format", "json", "--progress-spinner", "off"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        return json.loads(done.stdout)["dependencies"]
    except ValueError as error:
        raise ValueError(done.stderr.strip().rpartition("\n")[2]) from error


def audit() -> int:
    """Print what is known, and return the exit status."""
    try:
        packages = [package for package in known() if package["name"] != OURS]
    except ValueError as error:
        print(f"PyPI does not tell which vulnerabilities are known: {error}")
        return int("CI" in os.environ)
    untold = [package["name"] for package in packages if "skip_reason" in package]
    vulnerable = [package for package in packages if package.get("vulns")]
    for package in vulnerable:
        for vulnerability in package["vulns"]:
            mended = ", ".join(vulnerability["fix_versions"]) or "no release yet"
            print(f"{package['name']} {package['version']}: {vulnerability['id']}, mended in {mended}")
    if untold:
        print(f"PyPI does not tell which vulnerabilities are known of: {', '.join(untold)}")
    print(f"{len(packages) - len(untold)} of {len(packages)} packages audited, {len(vulnerable)} vulnerable")
    return int(bool(vulnerable) or bool(untold and "CI" in os.environ))


if __name__ == "__main__":
    sys.exit(audit())
