"""For the end of NetBox's configuration: what netbox-branching asks to be put into local_settings.py."""

from __future__ import annotations

import sys
import types

from netbox_branching.utilities import DynamicSchemaDict

database = {"ENGINE": "django.db.backends.postgresql", **DATABASE}  # noqa: F821  this continues NetBox's configuration
local_settings = types.ModuleType("netbox.local_settings")
local_settings.DATABASES = DynamicSchemaDict({"default": database})
local_settings.DATABASE_ROUTERS = ["netbox_branching.database.BranchAwareRouter"]
# NetBox's own tree is shared by all tests, so nothing is written there.
sys.modules[local_settings.__name__] = local_settings
