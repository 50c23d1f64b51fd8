"""A plugin whose ready() loads NetBox's forms, as every plugin does whose template content needs a generic view."""

from __future__ import annotations

from netbox.plugins import PluginConfig


class EarlyFormsConfig(PluginConfig):
    name = "early_forms"
    verbose_name = "Early forms"
    version = "1.0"
    base_url = "early-forms"


config = EarlyFormsConfig
