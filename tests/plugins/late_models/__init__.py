"""A plugin like any other; what it offers is missing where early_forms comes first."""

from __future__ import annotations

from plain_config import plain_config

config = plain_config(__name__)
