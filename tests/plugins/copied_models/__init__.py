"""A plugin that keeps a copy of a model feature in NetBox's registry, as a feature of its own, and never renews it."""

from __future__ import annotations

from netbox.registry import registry
from plain_config import PlainConfig


class CopiedModelsConfig(PlainConfig):
    def ready(self):
        super().ready()
        features = registry["model_features"]
        # From NetBox 4.4 on a feature is a test function, and nothing is copied.
        if isinstance(features["tags"], dict):
            features[self.name] = {app_label: list(names) for app_label, names in features["tags"].items()}


config = CopiedModelsConfig
