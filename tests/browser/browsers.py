"""The Chromium that the browser test uses."""

from __future__ import annotations

import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str | None:
    """Return the path of this machine's browser, or ``None`` for the one that Playwright downloads, which it then has.

    Raises :class:`RuntimeError` that says how to get one.
    """
    for name in NAMES:
        if path := shutil.which(name):
            return path
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip() or done.stdout.strip()).partition("\n")[0]
        raise RuntimeError(
            f"There is no browser: install {' or '.join(NAMES)} (on Debian: apt-get install chromium). "
            f"Playwright cannot download one: {reason}"
        )
    return None
