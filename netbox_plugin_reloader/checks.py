"""Django system checks: what an administrator should know, found without the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks

from .compat import UnsupportedNetBoxVersion, running_version, select
from .configuration import PLUGIN_NAME, problems
from .plugins import skipped_plugins
from .reload import latest_report
from .report import Row


def register() -> None:
    """Register every check of this module with Django, under our name as its tag.

    Django ignores a check that it has already.
    """
    for check in (check_netbox_version, check_configuration, check_plugins, check_report):
        checks.register(check, PLUGIN_NAME)


def _warning(number: int, message: str, hint: str) -> checks.Warning:
    return checks.Warning(message, hint=hint, id=f"{PLUGIN_NAME}.W{number:03}")


def check_netbox_version(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """W001: no strategy knows the running NetBox, so nothing is repaired."""
    try:
        select(running_version())
    except UnsupportedNetBoxVersion as error:
        return [_warning(1, f"{error}.", "Install the release of netbox-plugin-reloader for your NetBox.")]
    return []


def check_configuration(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """W002: an unknown key or a value of a wrong type in our PLUGINS_CONFIG."""
    return [_warning(2, problem, "Correct or remove it in NetBox's configuration.") for problem in problems()]


def check_plugins(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """W003: NetBox skipped a plugin. W004: PLUGINS lists a plugin more than once."""
    skipped = [
        _warning(
            3,
            f"NetBox did not load the plugin {name!r}, which PLUGINS lists.",
            "Install a release of the plugin that supports your NetBox, or take it out of PLUGINS.",
        )
        for name in skipped_plugins()
    ]
    repeated = [
        _warning(4, f"PLUGINS lists {name!r} {count} times.", "Keep one of the entries.")
        for name, count in Counter(settings.PLUGINS).items()
        if count > 1
    ]
    return [*skipped, *repeated]


def check_report(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """W005: a repair failed. W006: registrations are in conflict."""
    report = latest_report()
    if report is None:
        return []

    def messages(number: int, problem: str, rows: Iterable[Row], hint: str) -> list[checks.CheckMessage]:
        return [_warning(number, f"{problem}: {row}.", hint) for row in rows]

    return [
        *messages(5, "A repair failed", report.failures, "NetBox's log has the error; please report it."),
        *messages(6, "Registrations are in conflict", report.conflicts, "Tell the author of the plugin."),
    ]
