"""A plugin that makes models while NetBox runs, and tells the reloader."""

from __future__ import annotations

from plain_config import plain_config

config = plain_config(__name__)
