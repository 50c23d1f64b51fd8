"""A plugin that makes models while NetBox runs, and tells the reloader."""

from __future__ import annotations

from netbox.plugins import PluginConfig


class RunTimeModelsConfig(PluginConfig):
    name = "run_time_models"
    verbose_name = "Run-time models"
    version = "1.0"
    base_url = "run-time-models"


config = RunTimeModelsConfig
