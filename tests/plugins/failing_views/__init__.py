"""A plugin whose URLs cannot be imported as long as ``fail`` is set, as NetBox's own on 4.2 without a database.

The variable FAILING_VIEWS sets it from the start.
"""

from __future__ import annotations

import os

from netbox.plugins import PluginConfig

fail = "FAILING_VIEWS" in os.environ


class FailingViewsConfig(PluginConfig):
    name = "failing_views"
    verbose_name = "Failing views"
    version = "1.0"
    base_url = "failing-views"


config = FailingViewsConfig
