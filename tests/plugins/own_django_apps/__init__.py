"""A plugin with a django_apps list of its own, which NetBox therefore sets up before plugins without one.

It brings a companion app along.
"""

from __future__ import annotations

from netbox.plugins import PluginConfig


class OwnDjangoAppsConfig(PluginConfig):
    name = "own_django_apps"
    verbose_name = "Own Django apps"
    version = "1.0"
    base_url = "own-django-apps"
    django_apps = ["django.contrib.humanize", "companion.apps.CompanionConfig"]


config = OwnDjangoAppsConfig
