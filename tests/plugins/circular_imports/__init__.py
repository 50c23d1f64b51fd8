"""A plugin whose views and forms import each other: that works if the views come first, as long as ``broken`` is unset.

Otherwise its URLs cannot be imported, as those of a plugin that its author never tried on this NetBox.
"""

from __future__ import annotations

from plain_config import plain_config

broken = False

config = plain_config(__name__)
