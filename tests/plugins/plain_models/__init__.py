"""A plugin in which nothing is wrong: models with every model feature, and a private one."""

from __future__ import annotations

from netbox.plugins import PluginConfig


class PlainModelsConfig(PluginConfig):
    name = "plain_models"
    verbose_name = "Plain models"
    version = "1.0"
    base_url = "plain-models"


config = PlainModelsConfig
