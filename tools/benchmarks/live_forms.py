"""What a live queryset costs a form, against NetBox's own frozen one (NetBox 4.2 and 4.3)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from tests.lab.lab import NetBox
from tools.benchmarks.figures import Figure

SCRIPT = Path(__file__).with_name("live_forms_inside.py")
BOUND = 1.05


def measure(netbox: NetBox, rounds: int) -> Iterator[Figure]:
    """Yield the ratio for each form, on the lines that freeze; on others nothing is live."""
    done = netbox.run(netbox.inside("script", SCRIPT, str(rounds)), capture=True)
    for form, ratios in json.loads(done.stdout.splitlines()[-1]).items():
        yield Figure(str(netbox.source.version), f"{form} rendered live, to frozen", ratios, "", BOUND)
