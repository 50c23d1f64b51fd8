"""A plugin with a django_apps list of its own, which NetBox therefore sets up before plugins without one.

It brings a companion app along.
"""

from __future__ import annotations

from plain_config import plain_config

config = plain_config(__name__, django_apps=["django.contrib.humanize", "companion.apps.CompanionConfig"])
