"""Show what NetBox's choice lists lack without us and with us, with real plugins in an order that breaks them.

``python -m tools.demo [--netbox 4.3.7] [--serve] [--port 8000]``
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from tests.lab.errors import LabError
from tests.lab.lab import RELOADER, Lab, NetBox
from tests.lab.processes import say
from tests.netbox.__main__ import SUITE, requirements

CHOICES = SUITE / "probes" / "choices.py"
SUPERUSER = Path(__file__).with_name("superuser.py")
# netbox_attachments loads NetBox's forms in its ready(): from there on they miss what later plugins bring.
PLUGINS = ("netbox_attachments", "netbox_bgp", "netbox_inventory")


def examine(netbox: NetBox, plugins: list[str]) -> dict[str, Any]:
    """Return what the choice lists of a fresh NetBox process with ``plugins`` lack (tests/netbox/probes/choices.py)."""
    say(f"Starting NetBox with PLUGINS = {plugins} …")
    environ = {**netbox.environ, "NETBOX_LAB_PLUGINS": json.dumps(plugins)}
    fresh = NetBox(netbox.source, netbox.python, environ)
    output = fresh.run([netbox.python, CHOICES, "web"], capture=True).stdout
    found: dict[str, Any] = json.loads(output.splitlines()[-1])
    return found


def describe(labels: list[str]) -> str:
    """Return how many models are missing, and of which plugins."""
    apps = Counter(label.partition(".")[0] for label in labels)
    return f"{len(labels)} ({', '.join(f'{app} {count}' for app, count in sorted(apps.items()))})" if labels else "0"


def table(rows: list[tuple[str, str, str]]) -> str:
    """Return ``rows`` as columns."""
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def show(release: str, without: dict[str, Any], with_us: dict[str, Any]) -> None:
    """Print the choice lists without us and with us side by side, and what the reload pass repaired."""
    short = {path: labels for path, labels in without["missing"].items() if labels}
    print(f"\nNetBox {release} with PLUGINS = {list(PLUGINS)}")
    print(f"Choice lists in NetBox's own forms that offer plugin models: {len(without['missing'])}")
    if short:
        rows = [("choice list", "models missing without us", "with us")]
        rows += [(path, describe(labels), describe(with_us["missing"][path])) for path, labels in short.items()]
        print(f"\n{table(rows)}")
    after = sum(bool(labels) for labels in with_us["missing"].values())
    print(f"\nIncomplete without NetBox Plugin Reloader: {len(short)}. Incomplete with it: {after}.")
    if not short:
        print("From 4.4 on NetBox asks the database for these lists, and no order of PLUGINS can break them.")
    report = with_us["report"]
    others = [row for row in (*report["repairs"], *report["conflicts"]) if row["kind"] != "choice list"]
    for row in others:
        print(f"{row['plugin']}: {row['kind']} {row['subject']}: {', '.join(row['names'])}")


def serve(netbox: NetBox, port: int) -> int:
    """Serve NetBox on 127.0.0.1 until it is interrupted, and return its exit status."""
    password = secrets.token_urlsafe(9)
    netbox.run(netbox.inside("script", SUPERUSER, "admin", password))
    print(f"\nNetBox runs on http://127.0.0.1:{port}/ (log in as admin with {password}); Ctrl-C ends it.", flush=True)
    return netbox.call(netbox.inside("manage", "runserver", "--insecure", "--noreload", f"127.0.0.1:{port}"))


def main() -> int:
    """Do what the command line asks for, and return the exit status: 0 if every choice list is complete with us."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__.partition("\n")[0])
    parser.add_argument("--netbox", default="4.3.7", metavar="RELEASE", help="the NetBox release (%(default)s)")
    parser.add_argument("--serve", action="store_true", help="leave NetBox running, with a login")
    parser.add_argument("--port", type=int, default=8000, help="where to serve it (%(default)s)")
    options = parser.parse_args()
    plugins = [*PLUGINS, RELOADER]
    say("The first run clones NetBox and makes its environment and database: that takes a few minutes.")
    try:
        with Lab().open(options.netbox, plugins=plugins, requirements=requirements(options.netbox)) as netbox:
            with_us = examine(netbox, plugins)
            show(options.netbox, examine(netbox, list(PLUGINS)), with_us)
            if options.serve:
                return serve(netbox, options.port)
            return int(any(with_us["missing"].values()))
    except LabError as error:
        say(f"error: {error}")
        return error.exit_status


if __name__ == "__main__":
    sys.exit(main())
