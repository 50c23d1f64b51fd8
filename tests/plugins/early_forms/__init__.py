"""A plugin whose ready() loads NetBox's forms, as every plugin does whose template content needs a generic view."""

from __future__ import annotations

from plain_config import plain_config

config = plain_config(__name__)
