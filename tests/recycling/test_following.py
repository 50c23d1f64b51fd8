"""What one web process of a real server makes is known to all others."""

from __future__ import annotations

import time

import pytest

from tests.recycling.installation import SHARED_MODELS, address
from tests.recycling.serving import WORKERS, serving

SETTLED = 6
"""By when a web process that looks at most once in five seconds looks at its next request, in seconds."""

NOTHING = {"offered": [], "viewed": []}
EVERYTHING = {"offered": ["alpha"], "viewed": ["alpha"]}
PAGES = address(SHARED_MODELS)


@pytest.mark.usefixtures("shared_models")
@pytest.mark.parametrize("with_us", [True, False], ids=["with us", "without us"])
def test_a_model_made_in_one_process_is_known_to_all_and_forgotten_when_it_is_deleted(
    netbox, folder, installation, with_us
):
    installation.enable(SHARED_MODELS, with_us=with_us)
    with serving(netbox, folder) as server:
        assert list(server.answers(f"{PAGES}known/").values()) == [NOTHING] * WORKERS
        made = server.ask(f"{PAGES}make/alpha/", method="POST")
        assert made.status == 200
        time.sleep(SETTLED)
        found = server.answers(f"{PAGES}known/")
        assert found.pop(made.content["pid"]) == EVERYTHING
        known = [answer == EVERYTHING for answer in found.values()]
        assert known == [with_us] * (WORKERS - 1), found
        # Without us the plugin could tell nobody.
        if with_us:
            assert server.ask(f"{PAGES}delete/alpha/", method="POST").status == 200
            time.sleep(SETTLED)
            assert list(server.answers(f"{PAGES}known/").values()) == [NOTHING] * WORKERS
