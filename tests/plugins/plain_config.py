"""What most test plugins say of themselves: what follows from the names of their packages."""

from __future__ import annotations

from netbox.plugins import PluginConfig


class PlainConfig(PluginConfig):
    version = "1.0"

    def __init_subclass__(cls):
        cls.name = cls.__module__
        label = cls.name.rpartition(".")[2]
        cls.base_url = label.replace("_", "-")
        if "verbose_name" not in vars(cls):
            cls.verbose_name = label.replace("_", " ").capitalize()


def plain_config(module, **attributes):
    """Return the class that a plugin's package calls ``config``; NetBox looks it up by its name."""
    return type("config", (PlainConfig,), {"__module__": module, **attributes})
