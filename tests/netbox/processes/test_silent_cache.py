"""A cache that takes connections and never answers costs a start one second."""

from __future__ import annotations

from netbox_plugin_reloader.startup.web_process import CACHE_SECONDS
from tests.netbox.startup.test_startup import with_us


def test_a_start_waits_a_second_for_a_cache_that_never_answers(probe):
    found = probe("silent_cache.py", plugins=with_us(), stage="urlconf")
    assert found["passed"] is True
    assert found["questions"] > 1
    # A thread of a busy machine may be told late that its time is over.
    assert CACHE_SECONDS <= found["seconds"] < CACHE_SECONDS + 1
    assert found["waiting"] == []
    assert [level for level, message in found["log"] if "cache does not answer" in message] == ["WARNING"]
