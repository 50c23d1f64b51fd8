"""Model features that plugins store in NetBox's registry as copies of NetBox's own (NetBox 4.2 and 4.3).

On those ``registry['model_features']`` is a plain dictionary of labels. A plugin that copies an entry to its own in
``ready()`` misses the models of all later plugins. From 4.4 on a feature is a test function.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from .live_querysets import Labels, recorded_features, registered_labels


def copied_features(registry: Any, netbox_features: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the features in the registry that are not among ``netbox_features``; no database."""
    yield from [feature for feature in recorded_features(registry) if feature not in netbox_features]


def rebuild(registry: Any, feature: str, function_path: str) -> Labels | None:
    """Let the function at ``function_path`` fill ``feature`` again; return the labels of the models it added.

    The plugin's function is called without arguments, and only if its module is loaded: otherwise ``None`` is returned.
    The object in the registry stays the same if it was complete. Makes no query itself. If the function raises, the
    registry stays as it was, and the exception is passed on.
    """
    module_path, _, name = function_path.rpartition(".")
    function = getattr(sys.modules.get(module_path), name, None)
    if function is None:
        return None
    store = registry["model_features"]
    kept, before = store[feature], registered_labels(feature)
    try:
        function()
        added = registered_labels(feature) - before
    except Exception:
        store[feature] = kept
        raise
    if not added:
        store[feature] = kept
    return added
