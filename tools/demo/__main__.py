"""Show what NetBox lacks without us and has with us, with real plugins, and how it loads new code without a restart.

``python -m tools.demo [--netbox 4.7.3] [--serve] [--port 8000]``
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from tests.lab.environment import PIN
from tests.lab.errors import LabError, NetBoxUnavailable
from tests.lab.home import REPOSITORY_ROOT
from tests.lab.lab import RELOADER, Lab, NetBox
from tests.lab.processes import run, say
from tests.lab.source import parse_version
from tests.lab.tools import prepare_tools
from tests.netbox.__main__ import REAL_PLUGINS, SUITE, requirements
from tests.recycling.installation import Installation
from tests.recycling.measuring import Phase, recycled, under_load
from tests.recycling.serving import serving
from tools.demo.compare import ROWS, Comparison

NEWEST, OLD = "4.7.3", "4.3.7"
LACKING = SUITE / "probes" / "lacking.py"
RECYCLING = REPOSITORY_ROOT / "tests" / "recycling"
SUPERUSER = Path(__file__).with_name("superuser.py")
BRANCHING = "netbox_branching"
# netbox_attachments loads NetBox's forms in its ready(): up to 4.3 they miss from there on what later plugins bring.
PLUGINS = {
    "netbox_attachments": "netbox-attachments",
    "netbox_bgp": "netbox-bgp",
    "netbox_inventory": "netbox-inventory",
    # It asks to be the last, and for a configuration of its own.
    BRANCHING: "netboxlabs-netbox-branching",
}
OUTDATED = "netbox_inventory.asset"
NEW, NEW_DISTRIBUTION, NEW_PAGE = "netbox_data_flows", "netbox-data-flows", "/plugins/data-flows/dataflows/"
PAUSE = 0.5
"""How long each of four visitors waits between two requests, in seconds: they leave the machine some time."""

ASKED = 20
"""How often the new plugin's page is asked for, so that each worker is met."""
QUIET = '\nLOGGING["handlers"]["stderr"]["level"] = "ERROR"\n'


def pins(release: str) -> dict[str, str]:
    """Return the versions of the real plugins that load on ``release``. Raises LabError if none are known."""
    file = requirements(parse_version(release))
    if not file.is_file():
        known = sorted(path.stem for path in REAL_PLUGINS.glob("*.txt"))
        raise LabError(f"The demonstration has plugins for NetBox {known[0]} to {known[-1]}, and none for {release}.")
    return dict(PIN.findall(file.read_text()))


def look(netbox: NetBox, plugins: Sequence[str], *arguments: str) -> dict[str, dict[str, list[str]]]:
    """Return what a web process of NetBox with ``plugins`` lacks, by tests/netbox/probes/lacking.py."""
    say(f"Starting NetBox with PLUGINS = {list(plugins)} …")
    fresh = netbox.with_environ(NETBOX_LAB_PLUGINS=json.dumps(plugins))
    found: dict[str, dict[str, list[str]]] = fresh.ask(fresh.inside("script", LACKING, *arguments))
    return found


def show_what_lacks(netbox: NetBox, plugins: Sequence[str]) -> bool:
    """Print what NetBox lacks without us and with us, and return whether nothing is lacking with us."""
    release = netbox.source.version
    without = look(netbox, plugins, "outdate", OUTDATED)
    comparison = Comparison(without, look(netbox, [*plugins, RELOADER]))
    print(f"\n== What NetBox {release} lacks with PLUGINS = {list(plugins)}, and with {RELOADER} behind them")
    if ROWS in without:
        print(
            f"\nThe row of {OUTDATED} was set to what it says after an upgrade of the plugin that gave the model\n"
            "tags, custom links and event rules, and before the next `migrate`."
        )
    print("\n".join(comparison.lines()))
    print(f"\n{comparison.sentence(release)}\n", flush=True)
    return not comparison.left


def show_reload(lab: Lab, netbox: NetBox, plugins: Sequence[str], pin: str) -> bool:
    """Print what visitors notice while a plugin is installed and the workers replaced; return whether all went well."""
    print(f"== Reload without a restart: gunicorn serves NetBox {netbox.source.version}, and {pin} comes\n", flush=True)
    tools = prepare_tools(lab.home)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        configuration = folder / "configuration.py"
        configuration.write_text((RECYCLING / "configuration.py").read_text() + QUIET)
        installation = Installation(folder)
        installation.enable(*plugins)
        served = installation.of(netbox).with_environ(
            NETBOX_LAB_CONFIGURATION=str(configuration),
            NETBOX_LAB_PLUGINS_CONFIG=json.dumps({RELOADER: {"recycle_workers": True}}),
        )

        def install() -> None:
            # As nginx does in NetBox's documentation.
            say(f"Visitors use NetBox from now on, with a new connection for each request. Installing {pin} …")
            command: list[str | Path] = [tools.uv, "pip", "install", "--quiet", "--no-deps", "--python", served.python]
            run([*command, "--target", installation.packages, pin], f"{pin} cannot be installed")
            say(f"Putting {NEW} into PLUGINS, and migrating …")
            installation.enable(*plugins, NEW)
            run(served.inside("manage", "migrate"), "migrate fails", environ=served.environ)
            say("Replacing the workers with plugin_reloader recycle …")

        visitor = served.ask(served.inside("script", RECYCLING / "prepare.py"))
        say("Starting gunicorn with two workers …")
        with serving(served, folder, configuration='loglevel = "warning"', workers=2) as server:

            def page() -> set[int]:
                return {server.ask(NEW_PAGE, {"Cookie": visitor["cookie"]}).status for _ in range(ASKED)}

            before = page()
            phase = recycled(
                server, lambda: under_load(server.address, visitor, 0, pause=PAUSE, kept=False), install, page
            )
    return report(phase, before, pin)


def report(phase: Phase, before: set[int], pin: str) -> bool:
    """Print what came of it, and return whether the plugin is there in each worker and no request failed."""
    figures, after = phase.figures, phase.seen or set()
    failed = sum(figures.lost.values())
    replaced = bool(phase.after) and not phase.before & phase.after
    loaded = phase.command.returncode == 0 and after == {200} and replaced
    print(phase.command.stdout if loaded else phase.output)
    print(f"  workers: {len(phase.before)}, of which {len(phase.before - phase.after)} were replaced")
    for when, statuses in (("before", before), ("after", after)):
        print(f"  {NEW_PAGE} {when}, asked {ASKED} times: status {', '.join(map(str, statuses)) or 'unknown'}")
    print(f"  requests of the visitors: {figures}")
    print(
        f"\nShown: {pin} {'is loaded' if loaded else 'is not loaded'} in all workers without a restart; of "
        f"{figures.requests} requests {failed or 'none'} failed, and the longest wait was {figures.longest:.2f} s.\n",
        flush=True,
    )
    return loaded and figures.requests > 0 and not failed


def serve(netbox: NetBox, port: int) -> int:
    """Serve NetBox on 127.0.0.1 until it is interrupted, and return its exit status."""
    password = secrets.token_urlsafe(9)
    netbox.run(netbox.inside("script", SUPERUSER, "admin", password))
    print(f"NetBox runs on http://127.0.0.1:{port}/ (log in as admin with {password}); Ctrl-C ends it.", flush=True)
    return netbox.call(netbox.inside("manage", "runserver", "--insecure", "--noreload", f"127.0.0.1:{port}"))


def show(lab: Lab, release: str, *, reload: bool = True, port: int = 0) -> int:
    """Show one release, serve it in the end if there is a ``port``, and return the exit status."""
    known = pins(release)
    plugins = [plugin for plugin, distribution in PLUGINS.items() if distribution in known]
    configuration = REAL_PLUGINS / "branching_configuration.py" if BRANCHING in plugins else None
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.writelines(f"{PLUGINS[plugin]}=={known[PLUGINS[plugin]]}\n" for plugin in plugins)
        file.flush()
        order, pinned = [*plugins, RELOADER], Path(file.name)
        with lab.open(release, plugins=order, requirements=pinned, configuration=configuration) as opened:
            # What is served stays as it was left the last time.
            with nullcontext(opened) if port else lab.copied(opened) as netbox:
                good = show_what_lacks(netbox, plugins)
                if port:
                    return serve(netbox, port)
                if reload:
                    others = [plugin for plugin in plugins if plugin != BRANCHING]
                    pin = f"{NEW_DISTRIBUTION}=={known[NEW_DISTRIBUTION]}"
                    good = show_reload(lab, netbox, others, pin) and good
            return int(not good)


def main() -> int:
    """Do what the command line asks for, and return 0 if nothing is lacking with us and no request failed."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--netbox", metavar="RELEASE", help=f"one NetBox release (default: {NEWEST}, and {OLD} after it)"
    )
    parser.add_argument("--serve", action="store_true", help="leave NetBox running, with a login")
    parser.add_argument("--port", type=int, default=8000, help="where to serve it (%(default)s)")
    options = parser.parse_args()
    start, lab = time.monotonic(), Lab()
    say("The first run gets NetBox, and makes its environment and its database: that takes a few minutes.")
    try:
        if options.netbox or options.serve:
            return show(lab, options.netbox or NEWEST, port=options.port if options.serve else 0)
        status = show(lab, NEWEST)
        try:
            status = show(lab, OLD, reload=False) or status
        except NetBoxUnavailable:
            say(f"Not shown: NetBox {OLD}, which comes by git from GitHub, and that does not answer.")
    except LabError as error:
        say(f"error: {error}")
        return error.exit_status
    say(f"The demonstration took {time.monotonic() - start:.0f} s.")
    return status


if __name__ == "__main__":
    sys.exit(main())
