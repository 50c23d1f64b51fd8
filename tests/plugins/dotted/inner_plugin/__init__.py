"""A plugin with a dotted name, whose app label is only the last part of it."""

from __future__ import annotations

from plain_config import plain_config

config = plain_config(__name__, ready=lambda self: None)
