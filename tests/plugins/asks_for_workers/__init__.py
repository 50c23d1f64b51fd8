"""A plugin whose pages ask for new worker processes and tell how that ended, without a login."""

from __future__ import annotations

from plain_config import plain_config

config = plain_config(__name__)
