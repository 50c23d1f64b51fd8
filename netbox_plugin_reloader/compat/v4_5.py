"""NetBox 4.5: nothing that this package touches is different from 4.4."""

from __future__ import annotations

from dataclasses import replace

from .v4_4 import STRATEGY as V4_4

STRATEGY = replace(V4_4, line="4.5")
