"""The lab's command line."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from tests.lab.errors import LabError, NetBoxUnavailable
from tests.lab.lab import Lab
from tests.lab.not_run import exit_status
from tests.lab.processes import TERMINATING_SIGNALS, say
from tests.lab.source import SOURCES

COMMANDS = {
    "prepare": "get NetBox, make the environment and the database tables",
    "manage": "run the management command ARGS",
    "python": "run a Python script, with Django set up",
    "pytest": "run pytest ARGS",
    "run": "run any command, with the environment's programs first on the PATH",
}
KINDS = {"python": "script"}


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of everything before ``--``."""
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--netbox", required=True, metavar="4.5.10", help="the NetBox release")
    options.add_argument("--source", choices=SOURCES, help="where it comes from (the index for what it has)")
    options.add_argument("--python", default="3.12", metavar="3.12", help="the Python NetBox runs on (%(default)s)")
    options.add_argument("--plugins", default="", metavar="a,b,c", help="PLUGINS; ours is added last if not named")
    options.add_argument("--config", default="{}", metavar="JSON", help="PLUGINS_CONFIG")
    options.add_argument("--requirements", type=Path, metavar="FILE", help="pins to install beside NetBox's own")
    options.add_argument(
        "--configuration", type=Path, metavar="FILE", help="Python to execute at the end of NetBox's configuration"
    )
    options.add_argument("--no-reloader", action="store_true", help="leave our own package out")
    options.add_argument("--package", type=Path, metavar="WHEEL", help="a built wheel of ours to use (TOX_PACKAGE)")
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description="Run a real NetBox.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, summary in COMMANDS.items():
        usage = f"%(prog)s --netbox 4.5.10 [options]{'' if name == 'prepare' else ' -- ARGS'}"
        commands.add_parser(name, parents=[options], help=summary, description=summary, usage=usage)
    return parser


def main(argv: Sequence[str], *, may_be_left_out: bool = False) -> int:
    """Do what the command line says and return the exit status.

    `may_be_left_out`: it is 0 when NetBox cannot be had, except where the variable CI is set.
    """
    end = argv.index("--") if "--" in argv else len(argv)
    parser = build_parser()
    options = parser.parse_args(argv[:end])
    arguments = list(argv[end + 1 :])
    if bool(arguments) == (options.command == "prepare"):
        parser.error(f"{options.command} takes {'nothing' if options.command == 'prepare' else 'ARGS'} after --")
    try:
        return execute(options, arguments)
    except LabError as error:
        if may_be_left_out and isinstance(error, NetBoxUnavailable):
            return exit_status(error)
        say(f"error: {error}")
        return error.exit_status


def execute(options: argparse.Namespace, arguments: list[str]) -> int:
    """Run the command in the NetBox that the options describe and return its exit status."""
    plugins = [name.strip() for name in options.plugins.split(",") if name.strip()]
    with Lab().open(
        options.netbox,
        source=options.source,
        python=options.python,
        plugins=plugins,
        plugins_config=parse_config(options.config),
        requirements=options.requirements,
        configuration=options.configuration,
        # Without plugins there is nothing of ours to prepare: NetBox's own tables are all the work.
        reloader=not options.no_reloader and (options.command != "prepare" or bool(plugins)),
        package=options.package,
    ) as netbox:
        if options.command == "prepare":
            say(f"NetBox {netbox.source.version} is ready.")
            return 0
        return netbox.call(netbox.inside(KINDS.get(options.command, options.command), *arguments))


def parse_config(text: str) -> dict[str, Any]:
    """Return PLUGINS_CONFIG from its JSON. Raises LabError when it is none."""
    try:
        config = json.loads(text)
    except ValueError as error:
        raise LabError(f"--config is not JSON: {error}.") from error
    if not isinstance(config, dict):
        raise LabError(f"--config must be a JSON object of plugin names, not {text}.")
    return config


def terminate(number: int, frame: FrameType | None) -> None:
    """End the lab in an orderly way, so that the servers stop too."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    for terminating in TERMINATING_SIGNALS:
        signal.signal(terminating, terminate)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
