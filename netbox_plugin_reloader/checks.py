"""Django system checks: what an administrator should know; only the check of rows queries the database."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import ParamSpec

from django.conf import settings
from django.core import checks
from django.db import DEFAULT_DB_ALIAS

from .compat import is_older, running_version, select, why_unsupported
from .compat.installation import management_command
from .configuration import PLUGIN_NAME, problems
from .plugins import skipped_plugins
from .repair.object_types import check_object_types
from .repair.reload_pass import complete_report, latest_report
from .repair.template_extensions import misplaced_extensions
from .repair.unreachable_views import unreachable_views
from .report import Kind, Row, error_text
from .startup.migrating import migrating
from .ui.advice import BEHIND, COMMAND, INSTALL, LOG, NOT_LOADED, TELL, hide_rows, release_rows, repair_rows
from .version import __version__

logger = logging.getLogger(__name__)

P = ParamSpec("P")


def run_checks() -> list[checks.CheckMessage]:
    """Return what all checks of this module find except that of rows; on an unsupported NetBox only W001."""
    found = check_netbox_version()
    if why_unsupported():
        return found
    for check in (check_configuration, check_plugins, check_report, check_conflicts, check_early_imports):
        found += check()
    return found


def _warning(number: int, message: str, hint: str) -> checks.Warning:
    return checks.Warning(message, hint=hint, id=f"{PLUGIN_NAME}.W{number:03}")


def _info(number: int, message: str, hint: str) -> checks.Info:
    return checks.Info(message, hint=hint, id=f"{PLUGIN_NAME}.I{number:03}")


def _messages(number: int, problem: str, rows: Iterable[Row], hint: str) -> list[checks.CheckMessage]:
    return [_warning(number, f"{problem}: {row}.", hint) for row in rows]


def _survived(check: Callable[P, list[checks.CheckMessage]]) -> Callable[P, list[checks.CheckMessage]]:
    """Make an error of ``check`` a warning, W016: Django would run no command any more, not even ``migrate``."""

    @wraps(check)
    def run(*args: P.args, **kwargs: P.kwargs) -> list[checks.CheckMessage]:
        try:
            return check(*args, **kwargs)
        except Exception as error:
            logger.exception("The system check %s() failed", check.__name__)
            return [_warning(16, f"The system check {check.__name__}() failed: {error_text(error)}.", LOG)]

    return run


def check_netbox_version() -> list[checks.CheckMessage]:
    """W001: no strategy knows the running NetBox, so nothing is repaired.

    W013: this release was made for an older line of NetBox.
    """
    if reason := why_unsupported():
        return [_warning(1, reason, "Install the release of netbox-plugin-reloader for your NetBox.")]
    netbox_version = running_version()
    strategy = select(netbox_version)
    found: list[checks.CheckMessage] = []
    own_line = __version__.rpartition(".")[0]
    if is_older(own_line, strategy.line):
        hint = f'Run pip install "netbox-plugin-reloader~={strategy.line}.0".'
        found.append(
            _warning(13, f"netbox-plugin-reloader {__version__} was made for NetBox {own_line} and older.", hint)
        )
    return found


@_survived
def check_configuration() -> list[checks.CheckMessage]:
    """W002: an unknown key or a value of a wrong type in our PLUGINS_CONFIG."""
    return [_warning(2, problem, "Correct or remove it in NetBox's configuration.") for problem in problems()]


@_survived
def check_plugins() -> list[checks.CheckMessage]:
    """W003: NetBox skipped a plugin. W004: PLUGINS lists a plugin more than once."""
    skipped = [
        _warning(
            3,
            f"NetBox did not load the plugin {name!r}, which PLUGINS lists.",
            INSTALL,
        )
        for name in skipped_plugins()
    ]
    repeated = [
        _warning(4, f"PLUGINS lists {name!r} {count} times.", "Keep one of the entries.")
        for name, count in Counter(settings.PLUGINS).items()
        if count > 1
    ]
    return [*skipped, *repeated]


@_survived
def check_report() -> list[checks.CheckMessage]:
    """What the last pass left: W005, W009 and W010.

    W005: a repair failed. W009: NetBox did not load all that a plugin has. W010: a plugin's own list of models is
    frozen, and cannot be completed.
    """
    report = latest_report()
    if report is None:
        return []
    return [
        *_messages(5, "A repair failed", report.failures, LOG),
        *_messages(
            9,
            "NetBox did not load all of a plugin",
            [row for row in report.findings if row.kind is Kind.READY],
            NOT_LOADED,
        ),
        *_messages(
            10,
            "A plugin's own list may lack models of other plugins",
            [row for row in report.findings if row.kind in (Kind.CHOICES, Kind.FEATURE)],
            BEHIND,
        ),
    ]


@_survived
def check_conflicts() -> list[checks.CheckMessage]:
    """W006: registrations are in conflict, of which a pass finds only some."""
    report = latest_report()
    if report is None:
        return []
    conflicts = [*report.conflicts, *unreachable_views(), *misplaced_extensions()]
    return _messages(6, "Registrations are in conflict", conflicts, TELL)


@_survived
def check_early_imports() -> list[checks.CheckMessage]:
    """I012: something was incomplete because a plugin loaded it too early, and had to be repaired."""
    report = complete_report()
    culprits = report.freezing_culprits if report else {}
    trace = management_command(f"{COMMAND} trace")
    return [
        _info(
            12,
            f"{culprit} loads modules that copy the registry before all plugins are ready: {', '.join(names)}.",
            f"The lists are repaired. Tell the author of the plugin; {trace} shows the imports.",
        )
        for culprit, names in culprits.items()
    ]


@_survived
def check_rows(databases: Sequence[str] | None = None) -> list[checks.CheckMessage]:
    """What is wrong with the rows of object types: W007, W008 and W015.

    W007: a row is missing or wrong. W008: NetBox still offers a model that is gone. W015: the same, and something
    points to that model. One query if NetBox's database is among ``databases``, otherwise none. ``migrate`` runs these
    checks too, just before it puts the rows right.
    """
    if DEFAULT_DB_ALIAS not in (databases or ()) or migrating():
        return []
    found = check_object_types(select(running_version()))
    hint = repair_rows()
    if found.refused:
        hint = "Newer code wrote the rows last, so this process writes none. The warning about all rows says more."
    return [
        *_messages(7, "An object type's row is wrong", found.refused + found.stale, hint),
        *_messages(8, "NetBox still offers a model that is gone", found.removed, hide_rows()),
        *_messages(
            15, "NetBox still offers a model that is gone, and something points to it", found.held, release_rows()
        ),
    ]
