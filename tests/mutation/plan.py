"""Which tests are to notice the mutants of a module, on which NetBox releases: those where the module matters most."""

from __future__ import annotations

from dataclasses import dataclass

PACKAGE = "netbox_plugin_reloader"


@dataclass(frozen=True)
class Stage:
    """Files of the contract suite, by the middle of their names, on one NetBox release."""

    release: str
    files: tuple[str, ...]


FACTS = ("declared_querysets", "internals", "registration", "live")
PASS = ("repairs", "failures", "registration", "views", "feature_copies", "run_time_models", "live")
ROWS = ("object_types", "run_time_models")

PLAN: dict[str, tuple[Stage, ...]] = {
    "object_types": (Stage("4.5.10", ROWS), Stage("4.2.9", ROWS)),
    "live": (Stage("4.2.9", ("live", "feature_copies", "run_time_models", "everything_live", "choice_lists")),),
    "reload": (
        Stage("4.2.9", (*PASS, "everything_live", "bad_input", "choice_lists")),
        Stage("4.5.10", (*PASS, "object_types", "everything_live")),
        Stage("4.7.0-beta1", ("repairs",)),
    ),
    "compat.__init__": (Stage("4.5.10", FACTS),),
    "compat.base": (Stage("4.2.9", (*FACTS, "choice_lists")), Stage("4.5.10", FACTS)),
    "compat.v4_2": (Stage("4.2.9", (*FACTS, "everything_live", "feature_copies")), Stage("4.5.10", FACTS)),
    "compat.v4_3": (Stage("4.3.7", FACTS),),
    "compat.v4_4": (Stage("4.4.10", FACTS),),
    "compat.v4_5": (Stage("4.5.10", FACTS),),
    "compat.v4_6": (Stage("4.7.0-beta1", FACTS),),
    "compat.v4_7": (Stage("4.7.0-beta1", FACTS),),
}
"""Modules of the package, in the order in which they are mutated."""

UNIT_TESTED = "compat."
"""The modules whose mutants also face the tests that need no NetBox, first of all."""
