"""What was measured, what it may be at most, and how both are shown."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

HEAD = "| NetBox | what | median | spread | at most |\n|---|---|---|---|---|"


@dataclass(frozen=True)
class Figure:
    """One thing that was measured on a NetBox, once in each round, and the bound of its median, if any."""

    name: str
    values: Sequence[float]
    unit: str
    bound: float | None = None

    @property
    def median(self) -> float:
        """The middle one of the values."""
        return statistics.median(self.values)

    @property
    def is_broken(self) -> bool:
        """Whether the median is above the bound."""
        return self.bound is not None and self.median > self.bound

    def row(self, netbox: str) -> str:
        """Return the row of a table that has :data:`HEAD`, for a NetBox release."""
        spread = f"{self._text(min(self.values))} to {self._text(max(self.values))}"
        bound = "" if self.bound is None else self._text(self.bound)
        broken = " **broken**" if self.is_broken else ""
        return f"| {netbox} | {self.name} | {self._text(self.median)} | {spread} | {bound}{broken} |"

    def _text(self, value: float) -> str:
        return f"{value:.3g} {self.unit}".strip() if abs(value) < 100 else f"{value:.0f} {self.unit}".strip()
