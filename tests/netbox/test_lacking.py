"""The demonstration's look at NetBox sees what is lacking without us, on every line, and that nothing is with us."""

from __future__ import annotations

import pytest

from tests.netbox.startup.test_startup import PLUGINS, with_us
from tools.demo.compare import Comparison


@pytest.fixture(scope="module")
def comparison(probe):
    def look(plugins, **stage):
        found = probe("lacking.py", plugins=plugins, **stage)
        return {kind: subjects for kind, subjects in found.items() if kind != "log"}

    # It refuses a look that saw nothing of some kind.
    return Comparison(look(PLUGINS), look(with_us(2), stage="web"))


def test_what_is_lacking_without_us_is_seen(comparison, strategy):
    seen = {kind for kind in comparison.without if comparison.differing(kind)}
    assert seen == {"lists of event types", "sets of tabs"} | ({"choice lists"} if strategy.querysets_freeze else set())


def test_nothing_is_lacking_with_us(comparison):
    """Two different views under one name are the plugin's own conflict, and the look counts that too."""
    assert comparison.left == 1, "\n".join(comparison.lines())
    assert comparison.with_us["sets of tabs"]["doubled_views.doubled"] == ["contested"]
