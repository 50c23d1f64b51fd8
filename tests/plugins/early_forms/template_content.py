from __future__ import annotations

# NetBox loads this module in ready(); the import leads to extras.forms on every release.
from netbox.views import generic  # noqa: F401

template_extensions = []
