"""When this process loaded its code."""

from __future__ import annotations

import time

LOADED = time.monotonic()
"""When NetBox's settings loaded this package, by :func:`time.monotonic`. Most of the plugins' code is loaded later.

A process that is forked later runs the same code and keeps this time.
"""
