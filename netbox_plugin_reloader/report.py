"""What a reload pass found and did: immutable, and printable as text and as JSON.

docs/report.schema.json describes the JSON. These are named tuples because each of NetBox's processes loads them, and a
frozen dataclass takes twice the memory.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Any, NamedTuple

STATES = {"failures": "Failed", "conflicts": "In conflict", "findings": "Left alone", "repairs": "Repaired"}
"""The lists of rows of a :class:`Report`, the worst first, and what a row of each is called."""

FORMAT = 1
"""The number of the shape that :meth:`Report.as_dict` returns."""


class Kind(str, Enum):
    """What a row of the report is about."""

    REGISTRATION = "model registration"
    CHOICES = "choice list"
    FEATURE = "model feature"
    VIEWS = "views"
    READY = "plugin"
    NAVIGATION = "navigation"
    PREFERENCES = "user preferences"
    SEARCH = "search types"
    OBJECT_TYPES = "object type"
    RELOAD = "reload pass"


COPYING_MODULES = {
    (Kind.NAVIGATION, "menus"): "netbox.navigation.menu",
    (Kind.PREFERENCES, "preferences"): "netbox.preferences",
}
"""The module of NetBox that holds what a row of this kind and subject is about, where the subject does not say so."""


def joined(names: Iterable[str]) -> str:
    """Return ``names`` as one text; an empty one shows, because a view may have no name and still be there twice."""
    return ", ".join(name or "''" for name in names)


class Row(NamedTuple):
    """One thing of one plugin.

    ``plugin`` is the name of the plugin, ``subject`` the model label or the dotted path of the field concerned, and
    ``names`` what was missing, doubled or in conflict there, or the error.
    """

    kind: Kind
    plugin: str
    subject: str
    names: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.plugin}: {self.kind.value} {self.subject}: {joined(self.names)}"


class Needs(NamedTuple):
    """What a plugin declares that it needs: NetBox releases, settings of its own, and apps that NetBox installs."""

    min_version: str = ""
    max_version: str = ""
    required_settings: tuple[str, ...] = ()
    django_apps: tuple[str, ...] = ()


class PluginSummary(NamedTuple):
    """An installed plugin as the pass saw it: its name, its own version, how many models it has and what it needs."""

    name: str
    version: str
    models: int
    needs: Needs = Needs()


class Process(NamedTuple):
    """The process in which a pass ran; ``kind`` is ``web``, ``worker`` or ``command``."""

    host: str
    pid: int
    kind: str


class ImportStep(NamedTuple):
    """An import statement that runs: the module it stands in, its file and its line."""

    module: str
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.module}, line {self.line}"


class EarlyImport(NamedTuple):
    """A module of NetBox that copies the registry, and that was loaded before the last plugin was ready.

    ``plugin`` is the one whose ``ready()`` loaded it, ``chain`` how: the first step is the plugin's own file. What
    NetBox loads itself is none.
    """

    module: str
    plugin: str
    chain: tuple[ImportStep, ...]

    @property
    def culprit(self) -> str:
        """The plugin, and the import statement of its own that led there."""
        return f"{self.plugin} ({self.chain[0]})" if self.chain else self.plugin

    def froze(self, row: Row) -> bool:
        """Return whether what ``row`` repaired was incomplete because the module was loaded early."""
        if row.kind is Kind.CHOICES:
            return row.subject.startswith(f"{self.module}.")
        return COPYING_MODULES.get((row.kind, row.subject)) == self.module


class Report(NamedTuple):
    """The outcome of one reload pass, or of all passes of a process (:meth:`after`).

    ``netbox_version`` is the running NetBox's, ``strategy`` the NetBox line whose facts were used, ``version`` ours,
    ``duration`` the time that the pass took, in seconds. ``early_imports`` is what froze.
    ``repairs`` were wrong and are right now, ``findings`` are wrong and were left alone, ``conflicts`` are left to the
    plugins' authors, ``failures`` could not be repaired.
    """

    netbox_version: str
    strategy: str
    version: str
    process: Process
    duration: float = 0.0
    plugins: tuple[PluginSummary, ...] = ()
    early_imports: tuple[EarlyImport, ...] = ()
    repairs: tuple[Row, ...] = ()
    findings: tuple[Row, ...] = ()
    conflicts: tuple[Row, ...] = ()
    failures: tuple[Row, ...] = ()
    format: int = FORMAT

    @property
    def culprits(self) -> dict[str, list[str]]:
        """Who loaded something too early, as :attr:`EarlyImport.culprit` names them, and which modules."""
        return _by_culprit(self.early_imports)

    @property
    def freezing_culprits(self) -> dict[str, list[str]]:
        """Those of :attr:`culprits`, and of their modules, that left something incomplete until it was repaired."""
        return _by_culprit(early for early in self.early_imports if any(map(early.froze, self.repairs)))

    @property
    def unrepaired(self) -> tuple[Row, ...]:
        """All that is wrong still, the worst first."""
        return self.failures + self.conflicts + self.findings

    def after(self, earlier: Report) -> Report:
        """Return this report with what ``earlier`` repaired in the same process, each row once."""
        return self._replace(repairs=tuple(dict.fromkeys(earlier.repairs + self.repairs)))

    def with_rows(
        self, repairs: tuple[Row, ...] = (), findings: tuple[Row, ...] = (), failures: tuple[Row, ...] = ()
    ) -> Report:
        """Return this report with more rows."""
        return self._replace(
            repairs=self.repairs + repairs,
            findings=self.findings + findings,
            failures=self.failures + failures,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain dictionaries, lists, strings and numbers, ready for :func:`json.dumps`.

        ``format`` is the number of this shape, which changes when a reader of the old one could not read the new one.
        """
        plain: dict[str, Any] = _plain(self)
        return plain

    def summary(self) -> str:
        """Return the outcome in one line."""
        return (
            f"NetBox Plugin Reloader {self.version} on NetBox {self.netbox_version} (strategy {self.strategy}): "
            f"{len(self.plugins)} plugins, {sum(plugin.models for plugin in self.plugins)} models, "
            f"{len(self.repairs)} repaired, {len(self.findings)} left alone, {len(self.conflicts)} in conflict, "
            f"{len(self.failures)} failed"
        )

    def __str__(self) -> str:
        return "\n".join([self.summary(), *self._lines()])

    def _lines(self) -> Iterable[str]:
        for state, title in STATES.items():
            yield from (f"{title}: {row}" for row in getattr(self, state))
        for culprit, modules in self.culprits.items():
            yield f"Loaded early by {culprit}: {', '.join(modules)}"


def _by_culprit(early_imports: Iterable[EarlyImport]) -> dict[str, list[str]]:
    modules: dict[str, list[str]] = {}
    for early in early_imports:
        modules.setdefault(early.culprit, []).append(early.module)
    return modules


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if hasattr(value, "_asdict"):
        return _plain(value._asdict())
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value.value if isinstance(value, Enum) else value
