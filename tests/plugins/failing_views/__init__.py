"""A plugin whose URLs cannot be imported as long as ``fail`` is set, as NetBox's own on 4.2 without a database.

The variable FAILING_VIEWS sets it from the start.
"""

from __future__ import annotations

import os

from plain_config import plain_config

fail = "FAILING_VIEWS" in os.environ

config = plain_config(__name__)
