"""A plugin for a NetBox that does not exist yet: fatal on 4.2, skipped with a warning from 4.3 on."""

from __future__ import annotations

from netbox.plugins import PluginConfig


class TooNewConfig(PluginConfig):
    name = "too_new"
    verbose_name = "Too new"
    version = "1.0"
    base_url = "too-new"
    min_version = "99.0.0"


config = TooNewConfig
