"""Compare what a NetBox lacks without us and with us, in words that say what each number means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from tests.lab.errors import LabError

Looked = Mapping[str, Mapping[str, Sequence[str]]]
"""By kind all that was looked at, each with what it lacks, or has twice (tests/netbox/probes/lacking.py)."""

ROWS = "rows of object types"
MEANING = {
    "lists of event types": "What may start an event rule: no rule can wait for one that its form does not offer.",
    "choice lists": "The models that a form offers: one that is missing cannot be chosen there.",
    "sets of tabs": "The views of a model's pages: one that is registered twice shows its tab twice.",
    ROWS: "What NetBox keeps of a model in its database, for the choice lists to ask; `migrate` writes it.",
}
SHOWN = 6
"""How many things are named, of a kind and of one thing."""


@dataclass(frozen=True)
class Comparison:
    """What a web process lacks without us and with us."""

    without: Looked
    with_us: Looked

    def __post_init__(self) -> None:
        """Raise LabError if nothing of some kind was examined: then it proves nothing that nothing is lacking."""
        for looked in (self.without, self.with_us):
            # Up to NetBox 4.3 there are no rows.
            unseen = [kind for kind in MEANING if not looked.get(kind) and (kind in looked or kind != ROWS)]
            if unseen or looked.keys() != self.without.keys():
                raise LabError(f"There is nothing to compare: no {', no '.join(unseen or [ROWS])}.")

    def differing(self, kind: str) -> dict[str, tuple[Sequence[str], Sequence[str]]]:
        """Return what lacks something without us or with us, and what it lacks in each case."""
        before, after = self.without[kind], self.with_us[kind]
        both = {name: (before.get(name, ()), after.get(name, ())) for name in {**before, **after}}
        return {name: pair for name, pair in both.items() if any(pair)}

    @property
    def left(self) -> int:
        """How many things lack something with us."""
        return sum(bool(lacking) for kind in self.with_us.values() for lacking in kind.values())

    def lines(self) -> Iterator[str]:
        """Yield what differs of each kind, and all that does not in one line."""
        alike = []
        for kind, looked in self.without.items():
            rows = self.differing(kind)
            if not rows:
                alike.append(f"{len(looked)} {kind}")
                continue
            what = "twice" if kind == "sets of tabs" else "missing"
            yield f"\n{kind.capitalize()}: {len(rows)} of {len(looked)} are wrong without us. {MEANING[kind]}"
            for name, (before, after) in islice(rows.items(), SHOWN):
                yield f"  {name}: {what} without us: {named(before)}; with us: {named(after)}"
            if len(rows) > SHOWN:
                yield f"  … and {len(rows) - SHOWN} more"
        if alike:
            yield f"\nThe same without us and with us, nothing missing or twice: {', '.join(alike)}."

    def sentence(self, release: str) -> str:
        """Return in one sentence what was shown."""
        wrong = [f"{len(self.differing(kind))} of {len(looked)} {kind}" for kind, looked in self.without.items()]
        wrong = [text for text in wrong if not text.startswith("0 ")]
        without = f"{', '.join(wrong)} are" if wrong else "nothing of this is"
        with_us = self.left or "none"
        return f"Shown: on NetBox {release}, {without} wrong without NetBox Plugin Reloader, and {with_us} with it."


def named(names: Iterable[str]) -> str:
    """Return ``names``, each once; where they are many, how many there are of each app."""
    distinct = sorted(set(names))
    if len(distinct) <= SHOWN:
        return ", ".join(distinct) or "nothing"
    return ", ".join(f"{app} {times}" for app, times in Counter(name.partition(".")[0] for name in distinct).items())
