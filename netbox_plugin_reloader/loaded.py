"""When this process loaded its code."""

from __future__ import annotations

import time

LOADED = time.monotonic()
"""The moment at which NetBox's settings loaded this package, so before they and ``ready()`` load the plugins' code.

A process that is forked later runs the same code, and keeps the moment.
"""
