"""NetBox's configuration of a server whose PLUGINS can be edited while it runs.

Executed at the end of the lab's configuration: a process that starts reads PLUGINS from the JSON file that the
environment names, as it would from ``configuration.py``. Without one, PLUGINS are those the lab was opened with.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

if _plugins := os.environ.get("NETBOX_RECYCLING_PLUGINS"):
    PLUGINS = json.loads(Path(_plugins).read_text())

DEBUG = bool(os.environ.get("NETBOX_RECYCLING_DEBUG"))

if os.environ.get("NETBOX_RECYCLING_POOL"):
    DATABASE["OPTIONS"]["pool"] = True  # noqa: F821  the lab's own
