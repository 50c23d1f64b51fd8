"""The version of this release: X.X is the newest NetBox line that it admits; the last number is our own."""

from __future__ import annotations

__version__ = "4.7.5"
