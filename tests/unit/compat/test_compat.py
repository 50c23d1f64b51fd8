from __future__ import annotations

import itertools
import re
import textwrap
from pathlib import Path

import pytest
from packaging.version import Version

from netbox_plugin_reloader.compat import (
    SUPPORTED,
    UnsupportedNetBoxVersion,
    admits,
    is_older,
    line_of,
    newer_than_tested,
    select,
    starts_only_with_all_plugins,
    why_unsupported,
)
from netbox_plugin_reloader.compat.base import PUBLIC, Releases, declared, since, until
from netbox_plugin_reloader.compat.v4_7 import STRATEGY

MAJOR, MINOR = SUPPORTED[-1].line.split(".")
NEXT = f"{MAJOR}.{int(MINOR) + 1}.0"


@pytest.mark.parametrize(
    ("version", "line"),
    [
        ("4.2", "4.2"),
        ("4.2.9", "4.2"),
        ("4.2-beta1", "4.2"),
        ("4.3.0-beta1", "4.3"),
        ("4.4.10+local", "4.4"),
        ("4.5.0-Docker-3.4.2", "4.5"),
        ("4.6.0-beta1-Docker-4.0.0", "4.6"),
        ("4.6.8-rc2", "4.6"),
        ("4.7.0-beta1", "4.7"),
        ("4.7.99", "4.7"),
    ],
)
def test_a_supported_version_selects_its_line(version, line):
    assert select(version).line == line
    assert why_unsupported(version) == ""


@pytest.mark.parametrize(
    ("version", "newer"),
    [
        *((version, "") for version in ("4.1.11", "4", "", "garbage", "4.x", "4.5.0garbage", "1!4.5.0", None, 4.5)),
        *((version, NEXT.removesuffix(".0")) for version in (NEXT, f"{NEXT}-beta1", f"{NEXT}-Docker-3.4.2")),
        ("5.0", "5.0"),
    ],
)
def test_any_other_version_is_refused_by_name(version, newer):
    with pytest.raises(UnsupportedNetBoxVersion) as raised:
        select(version)
    assert str(raised.value) == (
        f"NetBox version {version!r} is not supported: this release of NetBox Plugin Reloader works with "
        f"NetBox {SUPPORTED[0].line} to {SUPPORTED[-1].line}"
        # Our release for a line that is to come is known by its number.
        f"{newer and f', so install netbox-plugin-reloader=={newer}.*, or go on without it until there is one'}"
    )
    assert raised.value.found == version
    # Without a version it is the running NetBox that is asked about.
    assert why_unsupported(version) == ("" if version is None else f"{raised.value}; nothing is changed.")


@pytest.mark.parametrize(
    ("version", "other", "older"),
    [("4.5.9", "4.5.10", True), ("4.5.10", "4.5.10", False), ("4.6.0", "4.5.10", False), ("4.7-beta1", "4.7.0", False)],
)
def test_releases_are_compared_as_versions(version, other, older):
    assert is_older(version, other) is older


def test_the_strategy_of_a_release_is_made_once_and_stays_as_it_is():
    assert select("4.5.3") is select("4.5.3-Docker-3.2.0")
    with pytest.raises(AttributeError):
        select("4.5.3").line = "4.4"


@pytest.mark.parametrize(
    ("version", "copying", "others"),
    [
        (
            "4.2.9",
            {"extras.forms.model_forms", "core.views", "core.api.serializers_.data", "netbox.navigation.menu"},
            set(),
        ),
        ("4.4.0", {"extras.forms.model_forms", "netbox.navigation.menu"}, {"core.views", "tenancy.forms.filtersets"}),
        ("4.5.2", {"netbox.preferences"}, {"netbox.navigation.menu"}),
    ],
)
def test_what_copies_the_registry_at_import_is_known(version, copying, others):
    assert copying < select(version).copying_modules
    assert others.isdisjoint(select(version).copying_modules)


def test_the_table_has_neither_gap_nor_overlap():
    lines = [Version(row.line).release for row in SUPPORTED]
    assert all((older[0], older[1] + 1) == newer for older, newer in itertools.pairwise(lines))


def test_the_table_names_tags_and_pythons_of_its_own_line():
    for row in SUPPORTED:
        first, last = Version(row.first_tag), Version(row.last_tag)
        assert f"{first.major}.{first.minor}" == f"{last.major}.{last.minor}" == row.line
        assert first <= last
        assert "3.12" in row.pythons


def test_the_strategy_that_the_maintainers_page_shows_is_one():
    page = (Path(__file__).parents[3] / "docs" / "development" / "adding-a-line.md").read_text(encoding="utf-8")
    source = textwrap.dedent(re.search(r"```python\n(.+?)```", page, re.DOTALL)[1])
    module = {"__name__": "netbox_plugin_reloader.compat.v4_8", "__package__": "netbox_plugin_reloader.compat"}
    exec(compile(source, "<v4_8>", "exec"), module)
    assert module["STRATEGY"] == STRATEGY._replace(line="4.8")


def test_the_strategy_of_a_row_states_its_line():
    for row in SUPPORTED:
        assert select(row.first_tag).line == select(row.last_tag).line == row.line
        assert row.strategy == f"v{row.line.replace('.', '_')}"


@pytest.mark.parametrize(
    ("path", "present", "absent"),
    [
        ("extras.forms.bulk_import.TagImportForm.object_types", "4.3.3", "4.3.2"),
        ("core.forms.filtersets.JobFilterForm.object_type", "4.4.5", "4.4.6"),
        ("core.forms.filtersets.JobFilterForm.object_type_id", "4.4.6", "4.4.5"),
        ("extras.api.serializers_.events.EventRuleSerializer.action_object_type", "4.6.8", "4.7.0-beta1"),
    ],
)
def test_a_strategy_holds_the_querysets_of_exactly_its_release(path, present, absent):
    assert path in [row.path for row in select(present).querysets]
    assert path not in [row.path for row in select(absent).querysets]


def test_a_line_loads_the_schemas_of_plugins_in_ready_until_it_does_not():
    loaded = {row.line: "graphql_schema" in select(row.last_tag).resources for row in SUPPORTED}
    assert next(line for line, in_ready in loaded.items() if not in_ready) == "4.7"
    assert select("4.7.0").resources.keys() >= select("4.6.8").resources.keys() - {"graphql_schema"}


def test_a_feature_that_changed_within_a_line_is_stated_once():
    path = "extras.forms.filtersets.CustomFieldFilterForm.related_object_type_id"
    features = {
        version: [row.feature for row in select(version).querysets if row.path == path]
        for version in ("4.4.6", "4.4.7")
    }
    assert features == {"4.4.6": ["custom_fields"], "4.4.7": [PUBLIC]}


def test_ending_a_row_that_does_not_exist_is_refused():
    rows = since("4.3", declared("module", {"Form": {"field": "tags"}}))
    assert until({"module.Form.field": "4.4"}, rows)[0].releases == Releases("4.3", "4.4")
    # Rows may come from a generator, and are looked at twice.
    assert until({"module.Form.field": "4.4"}, iter(rows)) == until({"module.Form.field": "4.4"}, rows)
    with pytest.raises(
        ValueError, match=r"^no declared queryset has the path module\.Form\.another, module\.Form\.other$"
    ):
        until({"module.Form.other": "4.4", "module.Form.another": "4.4"}, rows)


def test_a_netbox_that_was_not_tested_is_named():
    last = SUPPORTED[-1]
    for version in (last.first_tag, last.last_tag):
        assert newer_than_tested(version) == ""
    newer = f"{last.line}.98"
    sentence = newer_than_tested(newer)
    assert newer in sentence
    assert last.last_tag in sentence
    with pytest.raises(UnsupportedNetBoxVersion):
        newer_than_tested("9.9.9")


@pytest.mark.parametrize(
    ("version", "oldest", "newest", "admitted"),
    [
        ("4.8.0", "4.5.0", "4.8.99", True),
        ("4.8.0", "", "4.8.0", True),
        ("4.8.0-beta1", "4.8.0", "4.8.99", False),
        ("4.8.0", "4.5.0", "4.7.99", False),
        ("4.8.0", "4.9.0", "", False),
        ("4.8.0", "4.5.0", "", None),
        ("4.8.0", "", "", None),
    ],
)
def test_what_a_plugin_says_of_a_netbox_is_read_from_its_limits(version, oldest, newest, admitted):
    assert admits(version, oldest, newest) is admitted


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [(("soon", "", ""), "soon"), (("", "4.5.0", ""), ""), (("4.8.0", "old", ""), "old"), (("4.8.0", "", "new"), "new")],
)
def test_a_limit_that_is_no_version_is_named(arguments, wrong):
    with pytest.raises(ValueError, match=rf"^{wrong}$"):
        admits(*arguments)


def test_the_line_of_a_netbox_is_known_or_not():
    assert line_of("4.5.0-Docker-3.4.2").line == "4.5"
    assert line_of(NEXT) is line_of("soon") is None
    assert starts_only_with_all_plugins("4.2.9")
    assert not starts_only_with_all_plugins("4.3.0")
