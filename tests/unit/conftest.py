"""Unit tests run without NetBox: the one name that importing our package needs of it is made here."""

from __future__ import annotations

import sys
import types

from django.apps import AppConfig
from django.conf import settings

settings.configure(
    RELEASE=types.SimpleNamespace(version="4.5.10"),
    PLUGINS=[],
    PLUGINS_CONFIG={},
    INSTALLED_APPS=["django.contrib.contenttypes"],
)


class PluginConfig(AppConfig):
    """Stands for NetBox's; the real one is what tests/netbox runs on."""

    @classmethod
    def validate(cls, user_config, netbox_version):
        for name, value in cls.default_settings.items():
            user_config.setdefault(name, value)


netbox = types.ModuleType("netbox")
netbox.plugins = types.ModuleType("netbox.plugins")
netbox.plugins.PluginConfig = PluginConfig
sys.modules.setdefault("netbox", netbox)
sys.modules.setdefault("netbox.plugins", netbox.plugins)
