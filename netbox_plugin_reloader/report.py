"""What a reload pass found and did: immutable, and printable as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any


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


@dataclass(frozen=True)
class Row:
    """One thing of one plugin.

    ``plugin`` is the name of the plugin, ``subject`` the model label or the dotted path of the field concerned, and
    ``names`` what was missing, doubled or in conflict there, or the error.
    """

    kind: Kind
    plugin: str
    subject: str
    names: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.plugin}: {self.kind.value} {self.subject}: {', '.join(self.names)}"


@dataclass(frozen=True)
class PluginSummary:
    """An installed plugin as the pass saw it: its name, its own version and how many models it has."""

    name: str
    version: str
    models: int


@dataclass(frozen=True)
class Report:
    """The outcome of one reload pass.

    ``netbox_version`` is the running NetBox's, ``strategy`` the NetBox line whose facts were used, ``version`` ours.
    ``repairs`` were wrong and are right now, ``findings`` are wrong and were left alone, ``conflicts`` are left to the
    plugins' authors, ``failures`` could not be repaired.
    """

    netbox_version: str
    strategy: str
    version: str
    plugins: tuple[PluginSummary, ...] = ()
    repairs: tuple[Row, ...] = ()
    findings: tuple[Row, ...] = ()
    conflicts: tuple[Row, ...] = ()
    failures: tuple[Row, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain dictionaries, lists, strings and numbers, ready for :func:`json.dumps`."""
        return {
            name: [asdict(item) for item in value] if isinstance(value, tuple) else value
            for name, value in vars(self).items()
        }

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
        sections = {
            "failed": self.failures,
            "in conflict": self.conflicts,
            "found, and left alone": self.findings,
            "repaired": self.repairs,
        }
        for title, rows in sections.items():
            yield from (f"{title}: {row}" for row in rows)
