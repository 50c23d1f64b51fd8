"""NetBox 4.7: the registry store ``models`` is gone; an event rule's action is no longer limited to a feature."""

from __future__ import annotations

from dataclasses import replace

from .base import until
from .v4_6 import STRATEGY as V4_6

STRATEGY = replace(
    V4_6,
    line="4.7",
    stores={name: kind for name, kind in V4_6.stores.items() if name != "models"},
    querysets=until({"extras.api.serializers_.events.EventRuleSerializer.action_object_type": "4.7"}, V4_6.querysets),
)
