"""A plugin like any other; what it offers is missing where early_forms comes first."""

from __future__ import annotations

from netbox.plugins import PluginConfig


class LateModelsConfig(PluginConfig):
    name = "late_models"
    verbose_name = "Late models"
    version = "1.0"
    base_url = "late-models"


config = LateModelsConfig
