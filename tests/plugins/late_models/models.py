from __future__ import annotations

from named import Named
from netbox.models import NetBoxModel


class Late(Named, NetBoxModel):
    pass
