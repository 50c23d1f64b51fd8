"""Which process may write what another one wrote last."""

from __future__ import annotations

import pytest

from netbox_plugin_reloader.compat import compare
from netbox_plugin_reloader.repair import last_writer
from netbox_plugin_reloader.repair.last_writer import MARK, Writer, why_not_to_write

NOW = 1_000_000.0
LAST = Writer({"netbox": "4.5.10", "choir": "1.10"}, "last", written=NOW - 60)


@pytest.fixture(autouse=True)
def loaded(monkeypatch):
    """Have this process loaded its code two minutes ago, and return what changes that."""
    monkeypatch.setattr(last_writer.time, "monotonic", lambda: 500.0)

    def loaded(seconds):
        monkeypatch.setattr(last_writer, "LOADED", 500.0 - seconds)

    loaded(120)
    return loaded


def reason(declared="here", last=LAST, **versions):
    return why_not_to_write(Writer({**LAST.versions, **versions}, declared), last, NOW)


@pytest.mark.parametrize(
    ("one", "other", "order"),
    [("1.9", "1.10", -1), ("1.10", "1.9", 1), ("1", "1.0", 0), ("soon", "soon", 0), ("soon", "1.0", None)],
)
def test_versions_are_compared_and_what_is_none_is_only_like_itself(one, other, order):
    assert compare(one, other) == order


def test_who_declares_the_same_or_comes_first_may_write():
    assert reason(last=None) == reason("last") == reason("last", choir="1.9") == ""


@pytest.mark.parametrize("version", ["1.9", "1.10rc1", "garbage"])
def test_what_is_older_or_cannot_be_compared_is_named(version, loaded):
    loaded(1)
    found = reason(choir=version)
    assert found.startswith(f"written last with choir 1.10, but this process has choir {version}. Restart this process")
    assert "plugin_reloader repair" in found


def test_what_is_missing_is_named(loaded):
    loaded(1)
    writer = Writer({"netbox": "4.6.0"}, "here")
    assert why_not_to_write(writer, LAST, NOW).startswith(
        "written last with choir 1.10, but this process has no choir. Restart"
    )


def test_who_is_newer_may_write_whenever_it_started():
    assert reason(choir="1.11") == reason(netbox="4.6.0") == ""


@pytest.mark.parametrize("more", [{}, {"band": "1.0"}])
def test_code_of_the_same_versions_may_write_if_it_was_loaded_later(loaded, more):
    assert reason(**more).startswith("written last by other code, after this process had started. Restart")
    loaded(59)
    assert reason(**more) == ""


def test_who_wrote_last_may_write_again_whatever_its_models_say_by_now(monkeypatch):
    assert reason()
    monkeypatch.setattr(last_writer, "_noted", LAST)
    assert reason() == ""
    assert reason(last=LAST._replace(written=NOW - 59))


def test_time_that_is_not_known_stops_nobody():
    assert reason(last=LAST._replace(written=None)) == ""


def test_our_part_of_a_comment_is_found_and_the_rest_stays():
    comment = 'Kept by the team.\nnetbox_plugin_reloader: {"versions": {"a": "1"}}'
    assert MARK.sub("", comment) == "Kept by the team."
    assert MARK.search(comment)[1] == '{"versions": {"a": "1"}}'
