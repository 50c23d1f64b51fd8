"""A user preference."""

from __future__ import annotations

from users.preferences import UserPreference

preferences = {
    "volume": UserPreference(
        label="Animal volume",
        choices=(("soft", "Softly"), ("loud", "As loud as can be")),
        default="soft",
    ),
}
