from __future__ import annotations

from named import Named
from netbox.models import NetBoxModel


class Accompanied(Named, NetBoxModel):
    """A model with NetBox's features."""


class Bare(Named):
    """A model without any feature."""
