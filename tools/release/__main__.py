"""The release tool's command line."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tests.lab.errors import LabError
from tools.release import tag
from tools.release.build import build, check, load
from tools.release.generate import places, write_all
from tools.release.lines import read_lines

ROOT = Path(__file__).resolve().parents[2]


def generate(options: argparse.Namespace) -> None:
    """Write what the supported table says into README, COMPATIBILITY, CHANGELOG and the metadata."""
    for path in write_all(ROOT, places(ROOT)):
        print(f"{path.relative_to(ROOT)} is written")


def build_all(options: argparse.Namespace) -> None:
    """Build every line into FOLDER, and try what was built."""
    lines = read_lines(ROOT)
    wheels = [build(ROOT, line, options.folder) for line in lines]
    check(options.folder)
    for line, wheel in zip(lines, wheels, strict=True) if options.load else ():
        load(line, wheel)
    print(f"Built: {', '.join(line.version for line in lines)}")


def decide(options: argparse.Namespace) -> None:
    """Say whether TAG may be published: print its version and whether it is of the newest line, or what is wrong."""
    line = tag.decide(ROOT, options.tag, json.loads(options.check_runs.read_text(encoding="utf-8")))
    print(f"version={line.version}")
    print(f"latest={str(line == read_lines(ROOT)[-1]).lower()}")


def notes(options: argparse.Namespace) -> None:
    """Print the CHANGELOG's section of VERSION."""
    (line,) = (line for line in read_lines(ROOT) if line.version == options.version)
    print(tag.notes(ROOT, line), end="")


def tags(options: argparse.Namespace) -> None:
    """Print the tags that this commit is released as, oldest line first."""
    for line in read_lines(ROOT):
        print(f"v{line.version}")


def main() -> int:
    """Do what the command line says and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.release", description="Build and check what is published.")
    commands = parser.add_subparsers(required=True)
    for name, command in {
        "generate": generate,
        "build": build_all,
        "decide": decide,
        "notes": notes,
        "tags": tags,
    }.items():
        commands.add_parser(name, help=command.__doc__).set_defaults(command=command)
    commands.choices["build"].add_argument("folder", type=Path, metavar="FOLDER")
    commands.choices["build"].add_argument("--load", action="store_true", help="load each wheel in a real NetBox")
    commands.choices["decide"].add_argument("tag", metavar="TAG")
    commands.choices["decide"].add_argument("check_runs", type=Path, metavar="FILE", help="GitHub's, of the commit")
    commands.choices["notes"].add_argument("version", metavar="VERSION")
    options = parser.parse_args()
    try:
        options.command(options)
    except LabError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
