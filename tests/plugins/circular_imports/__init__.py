"""A plugin whose views and forms import each other: that works if the views come first, as long as ``broken`` is unset.

Otherwise its URLs cannot be imported, as those of a plugin that its author never tried on this NetBox.
"""

from __future__ import annotations

from netbox.plugins import PluginConfig

broken = False


class CircularImportsConfig(PluginConfig):
    name = "circular_imports"
    verbose_name = "Circular imports"
    version = "1.0"
    base_url = "circular-imports"


config = CircularImportsConfig
