"""What a comparison of the rows of object types found and did."""

from __future__ import annotations

from typing import NamedTuple

from ..report import Row


class Outcome(NamedTuple):
    """What a comparison of the rows of object types found and did, as rows of the report.

    ``repairs`` were wrong and are right now. ``stale`` are missing or wrong rows. ``removed`` are rows that are public
    or have features though their model is gone: its app is not installed, or dropped it. Such a row that something
    points to is ``held`` instead, and never hidden. ``refused`` says why this process does not write, because its code
    is older than the code that wrote last. Only ``repairs`` are repaired. ``failures`` are models whose features cannot
    be determined. ``compared`` says whether the rows were read. ``problem`` says why they could not be read or written.
    """

    repairs: tuple[Row, ...] = ()
    stale: tuple[Row, ...] = ()
    removed: tuple[Row, ...] = ()
    held: tuple[Row, ...] = ()
    refused: tuple[Row, ...] = ()
    failures: tuple[Row, ...] = ()
    compared: bool = False
    problem: str = ""

    @property
    def findings(self) -> tuple[Row, ...]:
        """All that was not repaired."""
        return self.refused + self.stale + self.removed + self.held
