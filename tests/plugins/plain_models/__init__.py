"""A plugin in which nothing is wrong: models with every model feature, and a private one."""

from __future__ import annotations

from plain_config import plain_config

config = plain_config(__name__)
