"""One plugin on one NetBox release, in each order of PLUGINS, and what was found."""

from __future__ import annotations

import json
import os
import pickle
import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.lab.errors import LabError
from tests.lab.home import digest
from tests.lab.lab import RELOADER, Lab, NetBox
from tests.lab.processes import run, say
from tests.lab.tools import prepare_tools
from tools.evidence import tested_commit
from tools.plugin_matrix.requirement import companion, distribution_of, resolved, shown

MODULE = "tools.plugin_matrix"
DECISIVE = (RELOADER, "tests/netbox/walked.py", "tools/plugin_matrix/inside.py", "tools/plugin_matrix/trial.py")
"""The files and folders that decide about a result."""
TIMEOUT = 600
"""Seconds after which a process of NetBox is given up."""
DEFAULT_COMPANIONS = ("netbox-bgp", "netbox-dns", "netbox-inventory", "netbox-data-flows")
"""Of these the first two that admit the release are tried beside a plugin if none are named."""


@dataclass(frozen=True)
class Plugin:
    """What a plugin says of itself: its name in PLUGINS, its distribution and version, and the releases it admits.

    ``admitted`` are those of the releases that were asked for, and ``oldest`` and ``newest`` as its limits name them.
    """

    name: str
    distribution: str
    version: str
    oldest: str
    newest: str
    admitted: Sequence[str]

    @property
    def limits(self) -> str:
        """Return the limits in words."""
        return " ".join([f"from {self.oldest}"] * bool(self.oldest) + [f"up to {self.newest}"] * bool(self.newest))


@dataclass(frozen=True)
class Failure:
    """An error by its first line; ``places`` are the plugins that it belongs to, each with its file if known."""

    step: str
    error: str
    places: Sequence[Sequence[str]]

    def concerns(self, plugin: str) -> bool:
        """Return whether this is for the author of ``plugin`` to look at: it is theirs, or nobody's."""
        names = [name for name, _ in self.places]
        return plugin in names or not names


@dataclass(frozen=True)
class Order:
    """What one order of PLUGINS showed: ``beside`` are the other plugins, which stand ``before`` or ``behind`` it."""

    where: str
    beside: Sequence[str]
    failures: Sequence[Failure]
    seconds: int
    pages: int = 0
    unmade: Mapping[str, str] = field(default_factory=dict)
    repaired: Mapping[str, int] = field(default_factory=dict)
    early: Sequence[Sequence[str]] = ()


@dataclass(frozen=True)
class Trial:
    """What became of a plugin on a release; ``note`` says why less was tried, or nothing."""

    plugin: Plugin
    release: str
    commit: str
    orders: Sequence[Order] = ()
    note: str = ""

    @property
    def failed(self) -> bool:
        """Whether something failed that concerns the plugin."""
        return any(failure.concerns(self.plugin.name) for order in self.orders for failure in order.failures)


@dataclass(frozen=True)
class Subject:
    """What is tried, and beside what: as the command line says it."""

    requirement: str
    plugin: str = ""
    companions: Sequence[str] = ()
    python: str = "3.12"
    config: Mapping[str, Any] = field(default_factory=dict)
    again: bool = False


class Matrix:
    """Tries plugins in a lab; what it found at a commit it keeps, so that it goes on where it stopped."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.tools = prepare_tools(lab.home)
        self.commit = tested_commit(*DECISIVE)

    def describe(self, subject: Subject, releases: Sequence[str]) -> Plugin:
        """Return what the subject says of itself, from the newest of ``releases`` on which it can be installed.

        Raises LabError with the reason of the first attempt if that is none of them.
        """
        first: LabError | None = None
        for release in reversed(releases):
            with self.lab.open(release, python=subject.python, reloader=False) as base:
                try:
                    return self._equip(base, subject, [], releases)[1][0]
                except LabError as error:
                    first = first or error
        raise first or LabError("No release of NetBox is asked for.")

    def try_on(self, subject: Subject, release: str) -> Trial:
        """Return what became of the subject on a release. Raises LabError if it cannot be tried."""
        with self.lab.open(release, python=subject.python, reloader=False) as base:
            named = [companion(name, release) for name in subject.companions or DEFAULT_COMPANIONS]
            note = ""
            try:
                netbox, found = self._equip(base, subject, named, [release])
            except LabError as error:
                note = str(error)
                netbox, found = self._equip(base, subject, [], [release])
            plugin, *others = found
            usable = [other for other in others if release in other.admitted]
            if subject.companions:
                excluded = [other for other in others if other not in usable]
                note += " ".join(f"{other.name} {other.version} admits NetBox {other.limits}." for other in excluded)
            beside = [other.name for other in usable][: len(subject.companions) or 2]
            # Its name stands for all that is installed.
            packages = Path(netbox.environ["PYTHONPATH"].partition(os.pathsep)[0]).name
            asked = json.dumps([plugin.name, release, beside, subject.config, packages])
            name = f"{plugin.distribution}-{release}-{digest(self.commit, asked)}.pickle"
            path = self.lab.home.path / "plugin_matrix" / "results" / name
            # Of what is not committed nothing is remembered.
            if self.commit and path.exists() and not subject.again:
                kept: Trial = pickle.loads(path.read_bytes())
                return kept
            trial = Trial(plugin, release, self.commit, self._orders(netbox, subject, plugin, beside), note)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(pickle.dumps(trial))
            return trial

    def _equip(
        self, base: NetBox, subject: Subject, named: Sequence[str], releases: Sequence[str]
    ) -> tuple[NetBox, list[Plugin]]:
        """Return a NetBox with all of them installed, and the subject's plugin with the others behind it."""
        mine, theirs = distribution_of(subject.requirement), [distribution_of(name) for name in named]
        wanted = [subject.requirement, *(name for name in named if distribution_of(name) != mine)]
        pins = resolved(self.tools, base.source, base.python, wanted)
        netbox = self.lab.equipped(base, pins)
        installed = [distribution_of(pin) for pin in pins]
        question = {"distributions": installed, "subject": mine, "plugin": subject.plugin, "releases": list(releases)}
        command: list[str | Path] = [netbox.python, "-m", f"{MODULE}.described", json.dumps(question)]
        told = run(command, f"{shown(subject.requirement)} cannot be looked at", environ=netbox.environ)
        answer = json.loads(told.splitlines()[-1])
        plugins = [Plugin(**found) for found in answer["plugins"]]
        plugin = chosen(subject.requirement, plugins, answer["errors"])
        others = [chosen(name, plugins, answer["errors"]) for name in named if distribution_of(name) != mine]
        # Whoever is brought along by the subject is needed by it.
        for other in plugins:
            if other.distribution not in (mine, *theirs) and not named:
                raise LabError(f"{plugin.name} needs the plugin {other.name}: name it by --with {other.distribution}.")
        return netbox, [plugin, *others]

    def _orders(self, netbox: NetBox, subject: Subject, plugin: Plugin, beside: list[str]) -> list[Order]:
        orders = [
            ("alone", [], [plugin.name], "migrate"),
            ("before", beside, [plugin.name, *beside], "build"),
            ("behind", beside, [*beside, plugin.name], ""),
        ]
        with self.lab.copied(netbox) as copy:
            return [
                self._one(copy, subject, plugin, where, others, [*order, RELOADER], tables)
                for where, others, order, tables in (orders if beside else orders[:1])
            ]

    def _one(
        self,
        netbox: NetBox,
        subject: Subject,
        plugin: Plugin,
        where: str,
        beside: Sequence[str],
        order: Sequence[str],
        tables: str,
    ) -> Order:
        say(f"{plugin.name} {plugin.version} on NetBox {netbox.source.version}: PLUGINS = {', '.join(order)} …")
        started = time.monotonic()
        with TemporaryDirectory() as folder:
            result = Path(folder, "result.json")
            question = {"subject": plugin.name, "tables": tables, "result": str(result)}
            fresh = netbox.with_environ(
                NETBOX_LAB_PLUGINS=json.dumps(order), NETBOX_LAB_PLUGINS_CONFIG=json.dumps(subject.config)
            )
            try:
                done = subprocess.run(
                    [netbox.python, "-m", f"{MODULE}.inside", json.dumps(question)],
                    cwd=netbox.root,
                    env=fresh.environ,
                    capture_output=True,
                    text=True,
                    stdin=subprocess.DEVNULL,
                    timeout=TIMEOUT,
                )
                ended = f"NetBox ended with exit status {done.returncode}"
            except subprocess.TimeoutExpired:
                ended = f"NetBox did not come to an end within {TIMEOUT} seconds"
            gone = {"failures": [{"step": "start", "error": ended, "places": []}]}
            found = json.loads(result.read_text()) if result.exists() else gone
        failures = [Failure(**failure) for failure in found.pop("failures")]
        return Order(where, beside, failures, round(time.monotonic() - started), **found)


def chosen(requirement: str, plugins: Sequence[Plugin], errors: Mapping[str, str]) -> Plugin:
    """Return the plugin in what a requirement installs. Raises LabError if that is none, or more than one."""
    name = distribution_of(requirement)
    own = [plugin for plugin in plugins if plugin.distribution == name]
    if len(own) == 1:
        return own[0]
    if own:
        names = ", ".join(plugin.name for plugin in own)
        raise LabError(f"There are {len(own)} plugins in {name}, {names}: say which one to try by --plugin.")
    if error := errors.get(name):
        missing = re.search(r"No module named '(netbox_\w+)", error)
        needs = f" Does it need the plugin {missing[1]}? Name that by --with." if missing else ""
        raise LabError(f"{error}.{needs}")
    raise LabError(f"There is no plugin in {name}: no package of it has a config that is a PluginConfig.")
