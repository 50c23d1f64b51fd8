"""A plugin for a NetBox that does not exist yet: fatal on 4.2, skipped with a warning from 4.3 on."""

from __future__ import annotations

from plain_config import plain_config

config = plain_config(__name__, min_version="99.0.0")
