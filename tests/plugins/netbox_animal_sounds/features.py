"""A model feature of the plugin's own."""

from __future__ import annotations

from netbox import utils

FEATURE = "noise"


def makes_noise(model):
    return hasattr(model, "get_species_color")


# From 4.4 on.
if hasattr(utils, "register_model_feature"):
    utils.register_model_feature(FEATURE, makes_noise)
