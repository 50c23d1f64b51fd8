"""NetBox 4.5: nothing that this package touches is different from 4.4."""

from __future__ import annotations

from .v4_4 import STRATEGY as V4_4

STRATEGY = V4_4._replace(line="4.5")
