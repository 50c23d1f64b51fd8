"""The release tool's command line."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.lab.errors import LabError
from tools.release import artifacts, index, loading, tag
from tools.release.build import build as build_line
from tools.release.errors import ReleaseError
from tools.release.generate import CHANGELOG, places
from tools.release.lines import read_lines
from tools.release.places import put_all, write_all

ROOT = Path(__file__).resolve().parents[2]


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.release", description="Build and check what is published.")
    commands = parser.add_subparsers(dest="command", required=True)
    summary = "put the supported table wherever it stands: tox, CI, README, metadata"
    generating = commands.add_parser("generate", help=summary, description=summary)
    generating.add_argument("--check", action="store_true", help="write nothing, and fail if a file would change")
    summary = "build every line into FOLDER; verify metadata, contents and what pip and uv choose of them"
    building = commands.add_parser("build", help=summary, description=summary)
    building.add_argument("folder", type=Path, metavar="FOLDER")
    building.add_argument("--load", action="store_true", help="also load each wheel in real NetBoxes")
    summary = (
        "say whether TAG may be published: print its version, and whether it is of the newest line, or what is wrong"
    )
    deciding = commands.add_parser("decide", help=summary, description=summary)
    deciding.add_argument("tag", metavar="TAG")
    deciding.add_argument("--check-runs", type=Path, required=True, metavar="FILE", help="GitHub's, of the commit")
    summary = "print the CHANGELOG's section of TAG"
    noting = commands.add_parser("notes", help=summary, description=summary)
    noting.add_argument("tag", metavar="TAG")
    summary = "print the tags that this commit is released as, oldest line first"
    commands.add_parser("tags", help=summary, description=summary)
    return parser


def main(argv: Sequence[str]) -> int:
    """Do what the command line says and return the exit status."""
    options = build_parser().parse_args(argv)
    try:
        return COMMANDS[options.command](options)
    except (LabError, ReleaseError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def generate(options: argparse.Namespace) -> int:
    """Write the supported table everywhere, or only tell whether something differs."""
    changed = list(put_all(ROOT, places(ROOT))) if options.check else write_all(ROOT, places(ROOT))
    for path in changed:
        print(f"{path.relative_to(ROOT)} {'differs from the supported table' if options.check else 'is written'}")
    return 1 if options.check and changed else 0


def build(options: argparse.Namespace) -> int:
    """Build and verify the releases of all lines."""
    lines = read_lines(ROOT)
    built = [build_line(ROOT, line, options.folder) for line in lines]
    for release in built:
        artifacts.verify(ROOT, release)
    artifacts.check(built)
    artifacts.verify_reproducible(ROOT, built[-1])
    index.verify(options.folder, lines)
    print(f"{len(built)} releases are built and verified: {', '.join(line.version for line in lines)}.")
    if options.load:
        print(f"NetBox loads or refuses them as it must, in {loading.verify(built)} trials.")
    return 0


def decide(options: argparse.Namespace) -> int:
    """Print for the workflow what TAG publishes."""
    line = tag.decide(ROOT, options.tag, tag.published_versions(), json.loads(options.check_runs.read_text()))
    print(f"version={line.version}")
    print(f"latest={str(line == read_lines(ROOT)[-1]).lower()}")
    return 0


def notes(options: argparse.Namespace) -> int:
    """Print what is new in TAG."""
    line = tag.line_of(options.tag, read_lines(ROOT))
    print(tag.notes(line, (ROOT / CHANGELOG).read_text(encoding="utf-8")), end="")
    return 0


def tags(options: argparse.Namespace) -> int:
    """Print the tags of all lines."""
    for line in read_lines(ROOT):
        print(f"v{line.version}")
    return 0


COMMANDS = {"generate": generate, "build": build, "decide": decide, "notes": notes, "tags": tags}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
