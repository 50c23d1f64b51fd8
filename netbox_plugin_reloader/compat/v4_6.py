"""NetBox 4.6: ``register_models()`` also registers ``Meta.permissions`` as permission actions of the model.

``registry['models']`` is deprecated (netbox/registry.py: a warning on every read by subscription).
"""

from __future__ import annotations

from .v4_5 import STRATEGY as V4_5

STRATEGY = V4_5._replace(line="4.6", stores={**V4_5.stores, "model_actions": dict})
