"""A plugin with a menu item and with the verbose name of another plugin."""

from __future__ import annotations

from plain_config import plain_config

config = plain_config(__name__, verbose_name="Late resources")
