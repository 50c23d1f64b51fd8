"""Whatever NetBox or a plugin copies from the registry follows it: an exhaustive walk, in fresh web processes."""

from __future__ import annotations

import pytest

from tests.netbox.startup.test_startup import OURS, PLUGINS, with_us

OUR_GROUP = "Plugin Reloader"
CULPRIT, LATE, NAMESAKE = "frozen_fields", "late_resources", "namesake"
MENU_ITEMS = {LATE: "Late item", NAMESAKE: "Namesake item"}
OTHERS = ["late_models", NAMESAKE, LATE, "doubled_views", "forgotten_ready", "early_forms"]
ORDERS = {
    "middle": [CULPRIT, OURS, *OTHERS],
    "last": [CULPRIT, *OTHERS, OURS],
    "first": [OURS, "forgotten_ready", LATE, CULPRIT, "early_forms", NAMESAKE, "doubled_views", "late_models"],
}
AMBIGUOUS = "frozen_fields.forms.AmbiguousForm.journaled"
COPIES = ("choices", "menus", "preferences", "search")


def incomplete(found):
    return {path for path, row in found["querysets"].items() if row["missing"] or row["extra"]}


@pytest.fixture(scope="module")
def healthy(probe):
    """Return what NetBox shows without us when the plugin that loads everything early comes last."""
    return probe("walk.py", plugins=[*OTHERS, CULPRIT])


@pytest.fixture(scope="module")
def broken(probe):
    """Return what NetBox shows without us when the plugin that loads everything early comes first."""
    return probe("walk.py", plugins=[CULPRIT, *OTHERS])


@pytest.mark.main
def test_the_defect_is_there_without_us(healthy, broken, strategy, frozen_by_netbox):
    assert healthy["modules of NetBox"] >= 300
    assert incomplete(healthy) == set()
    assert {path for path, missing in healthy["choices"].items() if missing} == frozen_by_netbox
    assert len(healthy["querysets"]) >= len(strategy.querysets) + 7
    assert set(healthy["choices"]) == {row.path for row in strategy.choices}
    # On 4.4 and later these ask the database.
    assert bool(incomplete(broken)) is strategy.querysets_freeze
    assert all(broken["choices"].values())
    assert "plugins.late_resources.loudness" not in broken["preferences"]
    assert broken["menus"] != healthy["menus"]
    assert broken["search"] != healthy["search"]


@pytest.mark.parametrize("order", [pytest.param("middle", marks=pytest.mark.main), "last", "first"])
def test_everything_is_live_with_us(probe, healthy, strategy, order):
    plugins = ORDERS[order]
    found = probe("walk.py", plugins=plugins)
    assert OURS in found["installed"]
    assert found["modules of NetBox"] >= healthy["modules of NetBox"]
    expected = {AMBIGUOUS} if strategy.querysets_freeze else set()
    assert incomplete(found) == expected
    assert found["querysets"].keys() == healthy["querysets"].keys()
    assert not any(found["choices"].values())
    assert found["preferences"] == healthy["preferences"]
    assert dict(found["search"]) == dict(healthy["search"])
    assert [label for label, _ in found["menus"]] == [label for label, _ in healthy["menus"]]
    groups = [group for group in dict(found["menus"])["Plugins"] if group[0] != "Late resources"]
    assert [OUR_GROUP, ["Status"]] in groups
    groups.remove([OUR_GROUP, ["Status"]])
    assert groups == [group for group in dict(healthy["menus"])["Plugins"] if group[0] != "Late resources"]
    assert found["connected"] is True


def items_of_namesakes(found):
    return dict(dict(found["menus"])["Plugins"])["Late resources"]


def test_netbox_alone_keeps_the_menu_items_of_one_namesake(probe, healthy):
    assert items_of_namesakes(healthy) == [MENU_ITEMS[LATE]]
    after = probe("walk.py", "started", plugins=PLUGINS, stage="started")
    assert items_of_namesakes(after) == [MENU_ITEMS[PLUGINS[-1]]] == [MENU_ITEMS[NAMESAKE]]


# The culprit loads the menu before both, or between them.
@pytest.mark.parametrize("plugins", [with_us(), ORDERS["middle"], ORDERS["first"]], ids=["late", "before", "between"])
def test_both_namesakes_keep_their_menu_items_with_us(probe, plugins):
    found = probe("walk.py", "started", plugins=plugins, stage="started")
    in_order = [plugin for plugin in plugins if plugin in MENU_ITEMS]
    assert items_of_namesakes(found) == [MENU_ITEMS[plugin] for plugin in in_order]
    (repair,) = [row for row in found["report"]["repairs"] if row["subject"] == "menu items"]
    assert repair["names"] == [MENU_ITEMS[in_order[0]]]


def test_what_is_left_is_named_by_checks(probe, strategy):
    found = probe("checks.py", plugins=ORDERS["middle"])
    # The last two are about doubled_views and forgotten_ready.
    expected = {"W005", "W010"} if strategy.querysets_freeze else set()
    assert {identifier for identifier, _, _ in found["checks"]} == expected | {"W006", "W009"}


def test_what_was_repaired_is_in_the_report(probe, strategy):
    report = probe("startup.py", plugins=ORDERS["middle"])["report"]
    repairs = {
        (row["kind"], row["subject"]): row["names"]
        for row in report["repairs"]
        if row["plugin"] in (LATE, "netbox") or row["kind"] != "choice list"
    }
    for row in strategy.choices:
        expected = ["late-resources"] if "data_backend" in row.source else ["late_resources.happened"]
        assert repairs["choice list", row.path] == expected
    assert repairs["navigation", "menus"] == ["Late menu", "Late resources"]
    assert repairs["user preferences", "preferences"] == ["plugins.late_resources.loudness"]
    assert repairs["search types", "search types"] == ["late_resources.resource"]
    own = {subject: names for (_, subject), names in repairs.items() if subject.startswith("frozen_fields.")}
    findings = [(row["subject"], row["names"]) for row in report["findings"] if row["kind"] == "choice list"]
    assert [row["plugin"] for row in report["conflicts"]] == ["doubled_views"]
    failures = [row["subject"] for row in report["failures"]]
    if strategy.querysets_freeze:
        assert own.keys() == {
            "frozen_fields.forms.OwnForm.tagged",
            "frozen_fields.forms.OwnForm.public",
            "frozen_fields.forms.OwnForm.narrowed",
            "frozen_fields.serializers.OwnSerializer.tagged",
            "frozen_fields.serializers.OwnSerializer.public",
            "frozen_fields.filtersets.OwnFilterSet.tagged",
        }
        assert all(names == ["late_resources.resource"] for names in own.values())
        ((subject, (problem,)),) = findings
        assert subject == AMBIGUOUS
        assert "journaling" in problem
        assert "bookmarks" in problem
        assert failures == ["frozen_fields.forms.ShyForm"]
    else:
        assert own == {}
        assert findings == []
        assert failures == []
