"""The command ``plugin_reloader``: what was wrong with this NetBox's plugins, what was done, and what is left."""

from __future__ import annotations

import argparse
import json
import math
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from netbox_plugin_reloader.compat import newer_than_tested, running_version, select, why_unsupported
from netbox_plugin_reloader.configuration import PLUGIN_NAME, setting
from netbox_plugin_reloader.plugins import NETBOX, skipped_plugins
from netbox_plugin_reloader.processes.announcements import announced
from netbox_plugin_reloader.processes.following import wait_for
from netbox_plugin_reloader.processes.host import user_name
from netbox_plugin_reloader.processes.servers import RESTART_BACKGROUND_WORKERS
from netbox_plugin_reloader.recycle import driver as recycle_process
from netbox_plugin_reloader.recycle import requests as recycle_requests
from netbox_plugin_reloader.recycle.fresh_process import report_of_fresh_process
from netbox_plugin_reloader.recycle.preflight import preflight
from netbox_plugin_reloader.repair.object_types import check_object_types, repair_object_types
from netbox_plugin_reloader.repair.outcome import Outcome
from netbox_plugin_reloader.report import Kind, Report, Row, masked
from netbox_plugin_reloader.startup.on_request import run_as_web_process, run_everywhere
from netbox_plugin_reloader.support import support_of, why_skipped
from netbox_plugin_reloader.ui.text import (
    early_import_lines,
    object_type_lines,
    process_lines,
    status_lines,
    unrepaired_lines,
    upgrade_lines,
)

EMPTIED = (
    "DEBUG is True, so NetBox emptied its cache when this command started: a web process is known again after its next "
    "request."
)


def seconds(text: str) -> float:
    """Return the number of seconds that ``text`` says; argparse reports the ValueError for anything else."""
    value = float(text)
    if not 0 <= value < math.inf:
        raise ValueError(text)
    return value


class Command(BaseCommand):
    help = "Shows what was wrong with the registration of NetBox's plugins, and what was done about it."
    # The checks may need what is broken, and the output includes what ours find.
    requires_system_checks: list[str] = []  # noqa: RUF012  Django declares it as a class attribute

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the subcommands; without one, ``status`` runs."""
        parser.set_defaults(run=self.status, json=False)
        subcommands = parser.add_subparsers(title="subcommands", metavar="SUBCOMMAND")
        status = subcommands.add_parser("status", help="show the plugins, what was repaired and what is left (default)")
        status.set_defaults(run=self.status)
        check = subcommands.add_parser("check", help="exit with 1 if something is wrong that could not be repaired")
        check.add_argument(
            "--fail-on",
            choices=("unrepaired", "repaired"),
            default="unrepaired",
            help='with "repaired", also exit with 1 if something had to be repaired',
        )
        check.set_defaults(run=self.check_report)
        repair = subcommands.add_parser("repair", help="put the rows of object types right (NetBox 4.4 and later)")
        repair.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")
        repair.add_argument(
            "--removed-plugins",
            action="store_true",
            help="also hide models that are gone with their plugin, unless something points to them",
        )
        repair.set_defaults(run=self.repair)
        reload = subcommands.add_parser("reload", help="run a pass here, and make every other process run one too")
        reload.set_defaults(run=self.reload)
        reload.add_argument(
            "--wait",
            type=seconds,
            default=0.0,
            metavar="SECONDS",
            help="wait up to SECONDS until every web process has followed, and exit with 1 if one has not",
        )
        recycle = subcommands.add_parser("recycle", help="replace the workers of the application server, one at a time")
        recycle.set_defaults(run=self.recycle)
        recycle.add_argument(
            "--wait",
            type=seconds,
            default=recycle_process.WAIT,
            metavar="SECONDS",
            help="how long the replacement may take (default: %(default).0f)",
        )
        recycle.add_argument(
            "--pid-file", type=Path, metavar="FILE", help="the pid file of the server, if several serve NetBox"
        )
        for name in ("by", "from", "at", "with"):
            recycle.add_argument(f"--asked-{name}", default="", help=argparse.SUPPRESS)
        look = subcommands.add_parser("preflight", help="tell whether NetBox would start with what is on disk now")
        look.set_defaults(run=self.preflight)
        look.add_argument(
            "--netbox",
            metavar="VERSION",
            help="a NetBox that is not installed yet: only tell which plugins would be missing there",
        )
        look.add_argument("--no-static-files", action="store_true", help="do not check static files")
        trace = subcommands.add_parser("trace", help="name what is loaded too early, by which plugin and how")
        trace.set_defaults(run=self.trace)
        status.add_argument(
            "-v",
            "--verbosity",
            type=int,
            choices=(0, 1, 2, 3),
            default=argparse.SUPPRESS,
            help="0: only what is wrong; 2: the names of all that was repaired",
        )
        for with_json in (parser, status, trace, reload):
            # A default would overwrite the option in front of the subcommand.
            with_json.add_argument(
                "--json", action="store_true", default=argparse.SUPPRESS, help="print the report as JSON"
            )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the subcommand. On an unsupported NetBox ``status`` says so, and all others fail."""
        run: Callable[[dict[str, Any]], None] = options["run"]
        reason = why_unsupported()
        if not reason:
            run(options)
        elif run == self.status and not options["json"]:
            self.stdout.write(self.style.WARNING(reason))
        else:
            raise CommandError(reason)

    def status(self, options: dict[str, Any]) -> None:
        """Print the report of this process, with NetBox's pages loaded as a web process has them."""
        report = self.compared(run_as_web_process(), check_object_types(select(running_version())))
        if options["json"]:
            self.stdout.write(json.dumps(report.as_dict(), indent=2))
            return
        for line in status_lines(report, self.style, verbosity=options["verbosity"]):
            self.stdout.write(line)
        untested = newer_than_tested(running_version())
        if untested and options["verbosity"]:
            self.stdout.write(self.style.WARNING(untested))

    def check_report(self, options: dict[str, Any]) -> None:
        """Fail if something is not repaired, or on request if something was repaired."""
        outcome = check_object_types(select(running_version()))
        report = self.compared(run_as_web_process(), outcome)
        problems = []
        if report.unrepaired:
            problems.append(f"not repaired: {len(report.unrepaired)}")
        told = unrepaired_lines(report, self.style)
        if options["fail_on"] == "repaired" and report.repairs:
            told = status_lines(report, self.style, verbosity=2)
            problems.append(f"had to be repaired: {len(report.repairs)}")
        else:
            self.stdout.write((self.style.WARNING if problems else self.style.SUCCESS)(report.summary()))
        for line in told:
            self.stdout.write(line)
        if problems:
            raise CommandError("; ".join(problems) + ".")

    def repair(self, options: dict[str, Any]) -> None:
        """Write the rows of object types that are wrong, or say which rows are."""
        strategy = select(running_version())
        if not strategy.object_type_rows:
            self.stdout.write(f"NetBox {strategy.line} keeps no rows of object types: there is nothing to repair.")
            return
        removed, dry_run = options["removed_plugins"], options["dry_run"]
        if not dry_run and not setting("repair_object_types"):
            raise CommandError(
                f"PLUGINS_CONFIG[{PLUGIN_NAME!r}]['repair_object_types'] is False, so nothing may be written. "
                "Use --dry-run to see what is wrong."
            )
        outcome = (
            check_object_types(strategy) if dry_run else repair_object_types(strategy, removed=removed, deliberate=True)
        )
        if outcome.problem:
            raise CommandError(f"{outcome.problem}.")
        for line in object_type_lines(outcome, self.style, dry_run=dry_run, removed=removed):
            self.stdout.write(line)
        if outcome.failures:
            raise CommandError(f"Models whose row could not be compared or written: {len(outcome.failures)}.")

    def reload(self, options: dict[str, Any]) -> None:
        """Run a pass here, raise the generation, and list the processes that have to follow."""
        emptied = EMPTIED if settings.DEBUG else ""
        report, generation = run_everywhere(f"{user_name()} (command)")
        if generation is None:
            raise CommandError("NetBox's cache does not answer, so no other process hears of this.")
        waited = wait_for(generation, options["wait"])
        processes = waited.processes
        if options["json"]:
            listed = [process.with_state(generation) for process in processes]
            result = {"generation": generation, "processes": listed, "report": report.as_dict()}
            self.stdout.write(json.dumps(result, indent=2))
        else:
            self.stdout.write(report.summary())
            for line in process_lines(processes, generation, self.style):
                self.stdout.write(line)
            if emptied:
                self.stdout.write(self.style.WARNING(emptied))
            if waited.idle:
                self.stdout.write(
                    f"Idle, will follow before the next request: {len(waited.idle)} "
                    f"{'process' if len(waited.idle) == 1 else 'processes'}."
                )
        if not options["wait"]:
            return
        if not waited.sees_web_processes:
            raise CommandError(f"No web process is known, so nobody can tell which have to follow. {emptied}".strip())
        if waited.busy:
            raise CommandError(
                f"Not followed within {options['wait']:.0f} seconds: {len(waited.busy)}. A web process looks when a "
                "request starts, but at most every five seconds."
            )

    def recycle(self, options: dict[str, Any]) -> None:
        """Replace the workers of this host's application servers; fail if that was refused or did not succeed."""
        request = recycle_requests.RecycleRequest(
            user=options["asked_by"] or user_name(),
            source=options["asked_from"] or recycle_requests.COMMAND,
            address=options["asked_at"],
        )
        request = recycle_process.recycle(
            request,
            pid_file=options["pid_file"],
            seconds=options["wait"],
            say=self.stdout.write,
            token=options["asked_with"],
        )
        if request.state != recycle_requests.SUCCEEDED:
            raise CommandError(request.text)
        self.stdout.write(self.style.SUCCESS(f"{request.text}."))
        older = [process for process in announced() if process.started < request.asked]
        if older:
            self.stdout.write(f"Not replaced; to restart background workers, run {RESTART_BACKGROUND_WORKERS}:")
            for line in process_lines(older, None, self.style):
                self.stdout.write(line)

    def preflight(self, options: dict[str, Any]) -> None:
        """Fail if NetBox would not start with the configuration and the plugins as they are on disk.

        With ``--netbox`` fail if a plugin would be missing on that NetBox, as far as the plugins say so.
        """
        if options["netbox"]:
            self.preflight_of(options["netbox"])
            return
        try:
            note = preflight(static_files=not options["no_static_files"])
        except CommandError as error:
            raise CommandError(masked(str(error))) from error
        except Exception as error:
            # The reader needs to know where it failed, and a page may show this.
            raise CommandError(masked(traceback.format_exc().strip())) from error
        self.stdout.write(self.style.SUCCESS("NetBox starts with what is on disk."))
        for name in skipped_plugins():
            self.stdout.write(self.style.WARNING(f"NetBox skips {name}: {why_skipped(name)}."))
        if note:
            self.stdout.write(note)

    def preflight_of(self, netbox_version: str) -> None:
        """Print what each plugin says about ``netbox_version``, and fail if one excludes it."""
        try:
            found = support_of(netbox_version)
        except ValueError as error:
            raise CommandError(f"--netbox {netbox_version}: write a version of NetBox, such as 4.8.0") from error
        for line in upgrade_lines(netbox_version, found, self.style):
            self.stdout.write(line)
        if missing := sum(support.admitted is False for support in found):
            raise CommandError(f"Plugins that would be missing on NetBox {netbox_version}: {missing}.")

    def trace(self, options: dict[str, Any]) -> None:
        """Start NetBox in a new process, and print which plugins load what too early there."""
        try:
            report = report_of_fresh_process()
        except RuntimeError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(report["early_imports"], indent=2))
            return
        for line in early_import_lines(report["early_imports"], self.style):
            self.stdout.write(line)

    def compared(self, report: Report, outcome: Outcome) -> Report:
        """Return ``report`` with what was found about the object types, or a failure if they could not be read."""
        failures = outcome.failures
        if outcome.problem:
            self.stderr.write(self.style.WARNING(f"{outcome.problem}."))
            failures += (Row(Kind.RELOAD, NETBOX, "look at object types", (outcome.problem,)),)
        known = set(report.findings + report.failures)
        return report.with_rows(
            findings=tuple(row for row in outcome.findings if row not in known),
            failures=tuple(row for row in failures if row not in known),
        )
