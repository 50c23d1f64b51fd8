"""A plugin whose ready() does not call NetBox's, so that its models are never registered."""

from __future__ import annotations

from plain_config import plain_config

config = plain_config(__name__, search_indexes="resources.search_indexes", ready=lambda self: None)
