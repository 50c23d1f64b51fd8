"""What a reload pass found and did: immutable, and printable as text and as JSON.

The tuples below are the report's shape, and the text below a field describes it. docs/report.schema.json is made from
both (``python -m tools.report_schema``). They are named tuples because every NetBox process loads them, and a frozen
dataclass takes twice the memory.
"""

import re
from collections import Counter
from collections.abc import Iterable
from enum import Enum
from typing import Any, Literal, NamedTuple

STATES = {"failures": "Failed", "conflicts": "In conflict", "findings": "Not repaired", "repairs": "Repaired"}
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
    PAGES = "pages"
    MIGRATIONS = "migrations"
    PROCESS = "processes"
    TEMPLATES = "template extension"
    SYSTEM_CHECK = "system check"


SKIPPED = "skipped by NetBox"
"""The subject of a row about a plugin that NetBox did not load."""

COPYING_MODULES = {
    (Kind.NAVIGATION, "menus"): "netbox.navigation.menu",
    (Kind.PREFERENCES, "preferences"): "netbox.preferences",
}
"""The NetBox module that a row of this kind and subject is about, where the subject does not name it."""


ADDED = "added"
REPAIRED = {
    Kind.REGISTRATION: ("registered", "model", "models"),
    Kind.CHOICES: (ADDED, "entry of choice lists", "entries of choice lists"),
    Kind.FEATURE: (ADDED, "model feature", "model features"),
    Kind.NAVIGATION: (ADDED, "menu entry", "menu entries"),
    Kind.PREFERENCES: (ADDED, "user preference", "user preferences"),
    Kind.SEARCH: (ADDED, "search type", "search types"),
    Kind.VIEWS: ("removed", "duplicate view", "duplicate views"),
    Kind.OBJECT_TYPES: ("corrected", "row of object types", "rows of object types"),
}
"""What was done about a repaired row, and the words for one and for several of its kind."""

ONE_EACH = {Kind.REGISTRATION, Kind.OBJECT_TYPES}
"""The kinds whose row is about one thing, however many names it has."""


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _few(names: list[str]) -> str:
    shown = ["NetBox" if name == "netbox" else name for name in names]
    return ", ".join(shown) if len(shown) <= 4 else f"{', '.join(shown[:3])} and {len(shown) - 3} others"


def joined(names: Iterable[str]) -> str:
    """Return ``names`` as one text. An empty name shows as '': a view without a name may be registered twice."""
    return ", ".join(name or "''" for name in names)


def masked(text: str) -> str:
    """Return ``text`` with ``***`` for the password of each address in it, as in ``redis://user:***@host``.

    An error may name a server with its password, and people see reports. Everything else stays, because finding the
    cause of an error takes the whole text.
    """
    # A password that is not encoded may hold "/" and "@", and several addresses may stand side by side.
    return re.sub(r"""(://[^\s'"<>:/@]*:)(?:(?!://)[^\s'"<>])+(?=@)""", r"\1***", text)


def error_text(error: BaseException) -> str:
    """Return the class and the text of ``error``, :func:`masked`."""
    return masked(f"{type(error).__name__}: {error}")


class Row(NamedTuple):
    """One thing about one plugin."""

    kind: Kind
    plugin: str
    """The plugin's name, or "netbox" for what belongs to no single plugin."""
    subject: str
    """The label of a model, or the dotted path of a form, serializer or filter field."""
    names: tuple[str, ...]
    """What was missing, registered twice or in conflict there, or the error."""

    def __str__(self) -> str:
        return f"{self.plugin}: {self.kind.value} {self.subject}: {joined(self.names)}"


class Needs(NamedTuple):
    """What the plugin says it needs."""

    min_version: str = ""
    """The oldest NetBox release, or empty."""
    max_version: str = ""
    """The newest NetBox release, or empty."""
    required_settings: tuple[str, ...] = ()
    """Settings that must be in PLUGINS_CONFIG."""
    django_apps: tuple[str, ...] = ()
    """Apps that NetBox installs for it."""


class PluginSummary(NamedTuple):
    """An installed plugin as the pass saw it."""

    name: str
    """Its name in PLUGINS."""
    version: str
    """Its own version, or empty."""
    models: int
    """How many models it has."""
    needs: Needs = Needs()


class Process(NamedTuple):
    """A process of NetBox."""

    host: str
    """The name of the machine."""
    pid: int
    """The number of the process."""
    kind: Literal["web", "worker", "command"]


class ImportStep(NamedTuple):
    """An import statement that runs."""

    module: str
    """The module that it stands in."""
    file: str
    """That module's file."""
    line: int
    """The line in that file."""

    def __str__(self) -> str:
        return f"{self.module}, line {self.line}"


class EarlyImport(NamedTuple):
    """A module of NetBox that copies the registry, and that a plugin loaded before the last plugin was ready."""

    module: str
    """The dotted name of the module."""
    plugin: str
    """The plugin that loaded it; what NetBox loads itself is not noted."""
    chain: tuple[ImportStep, ...]
    """The import statements that led there, the plugin's own first."""

    @property
    def culprit(self) -> str:
        """The plugin, and its own import statement that led there."""
        return f"{self.plugin} ({self.chain[0]})" if self.chain else self.plugin

    def froze(self, row: Row) -> bool:
        """Return whether ``row`` repaired something that this early import had left incomplete."""
        if row.kind is Kind.CHOICES:
            return row.subject.startswith(f"{self.module}.")
        return COPYING_MODULES.get((row.kind, row.subject)) == self.module


class Report(NamedTuple):
    """What the reload passes of one process found and did.

    It covers one pass, or all of them (:meth:`after`).
    """

    netbox_version: str
    """The running NetBox's version."""
    strategy: str
    """The NetBox line whose facts were used."""
    version: str
    """The version of netbox-plugin-reloader."""
    process: Process
    duration: float = 0.0
    """How long the last pass took, in seconds."""
    plugins: tuple[PluginSummary, ...] = ()
    """The installed plugins, in the order in which they were started."""
    early_imports: tuple[EarlyImport, ...] = ()
    """Modules of NetBox that copy the registry and were loaded before the last plugin was ready."""
    repairs: tuple[Row, ...] = ()
    """What was wrong, and is right now."""
    findings: tuple[Row, ...] = ()
    """What is wrong, and was not repaired."""
    conflicts: tuple[Row, ...] = ()
    """What only the authors of the plugins can put right."""
    failures: tuple[Row, ...] = ()
    """What could not be repaired."""
    format: int = FORMAT
    """The number of this shape; it changes when readers of the old shape could not read the new one."""

    @property
    def culprits(self) -> dict[str, list[str]]:
        """The plugins that loaded something too early, by :attr:`EarlyImport.culprit`, and the modules of each."""
        return _by_culprit(self.early_imports)

    @property
    def freezing_culprits(self) -> dict[str, list[str]]:
        """The :attr:`culprits`, and those of their modules, that left something incomplete until it was repaired."""
        return _by_culprit(early for early in self.early_imports if any(map(early.froze, self.repairs)))

    @property
    def unrepaired(self) -> tuple[Row, ...]:
        """All that is not repaired, the worst first: failures, conflicts, findings."""
        return self.failures + self.conflicts + self.findings

    def after(self, earlier: "Report") -> "Report":
        """Return this report with what ``earlier`` repaired in the same process, each row once."""
        return self._replace(repairs=tuple(dict.fromkeys(earlier.repairs + self.repairs)))

    def with_rows(
        self,
        repairs: tuple[Row, ...] = (),
        findings: tuple[Row, ...] = (),
        failures: tuple[Row, ...] = (),
        conflicts: tuple[Row, ...] = (),
    ) -> "Report":
        """Return this report with more rows."""
        return self._replace(
            repairs=self.repairs + repairs,
            findings=self.findings + findings,
            conflicts=self.conflicts + conflicts,
            failures=self.failures + failures,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain dictionaries, lists, strings and numbers, ready for :func:`json.dumps`.

        ``format`` is the number of this shape, which changes when readers of the old shape could not read the new one.
        """
        plain: dict[str, Any] = _plain(self)
        return plain

    def summary(self) -> str:
        """Return in plain words whether all plugins are complete, what needs attention, and what was repaired."""
        names = {plugin.name for plugin in self.plugins}
        concerned = sorted({row.plugin for row in self.unrepaired})
        complete = len(names.difference(concerned))
        if not concerned:
            verdict = f"All {complete} plugins are complete." if complete > 1 else "The plugin is complete."
        else:
            others = "The other" if names.intersection(concerned) else "The"
            verdict = (
                f"{_counted(len(self.unrepaired), 'problem needs', 'problems need')} attention: {_few(concerned)}."
            )
            if complete:
                verdict += f" {others} {'plugin is' if complete == 1 else f'{complete} plugins are'} complete."
        repaired = [f"{_counted(count, one, many)} {done}" for (done, one, many), count in self._repaired().items()]
        return f"{verdict} Repaired: {', '.join(repaired)}." if repaired else verdict

    def _repaired(self) -> Counter[tuple[str, str, str]]:
        """Return how many things were repaired, by what was done, and what one and several of them are called."""
        counted: Counter[tuple[str, str, str]] = Counter()
        for row in self.repairs:
            if row.kind is Kind.CHOICES and row.subject.endswith("event_types"):
                counted[ADDED, "event type", "event types"] += len(row.names)
            else:
                done, one, many = REPAIRED.get(row.kind, ("corrected", "other thing", "other things"))
                counted[done, one, many] += 1 if row.kind in ONE_EACH else len(row.names)
        return counted

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
