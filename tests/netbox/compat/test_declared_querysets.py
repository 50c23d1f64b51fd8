"""The strategy's tables and NetBox's source agree, in both directions."""

from __future__ import annotations

import pytest
from core.models import ObjectType
from netbox.registry import registry

from tests.netbox import source
from tests.netbox.source import declared_choices, declared_querysets, queryset_expressions


@pytest.fixture(scope="module")
def sources():
    return source.sources()


def test_all_of_netboxs_source_is_read(sources):
    print(len(sources), "modules of", sorted(source.PACKAGES))
    # The least is 4.2.0's.
    assert len(sources) >= 600
    assert {"core", "dcim", "extras", "ipam", "netbox", "users", "utilities", "wireless"} <= source.PACKAGES
    assert all(any(module.startswith(f"{package}.") for module in sources) for package in source.PACKAGES)
    assert "django" not in source.PACKAGES


def test_the_search_finds_each_way_to_declare_a_queryset():
    source = """
class Form:
    plain = Field(queryset=ObjectType.objects.public())
    annotated: Field = Field(queryset=ObjectType.objects.with_feature("tags").order_by("model"))
    other = Field(queryset=ObjectType.objects.all())
    choice = Field(choices=get_event_type_choices())
    lazy = Field(choices=get_event_type_choices)
    empty: Field
    def method(self):
        local = ObjectType.objects.public()
"""
    assert list(declared_querysets("module", source)) == [
        ("module.Form.plain", None),
        ("module.Form.annotated", "tags"),
    ]
    assert list(queryset_expressions(source)) == [
        ("Form", "plain", "ObjectType.objects.public()"),
        ("Form", "annotated", "ObjectType.objects.with_feature('tags').order_by('model')"),
    ]
    assert list(declared_choices("module", source)) == [("module.Form.choice", "get_event_type_choices")]


def test_the_table_of_querysets_and_the_source_agree(strategy, sources):
    found = [row for module, source in sources.items() for row in declared_querysets(module, source)]
    assert sorted(found, key=str) == sorted(((row.path, row.feature) for row in strategy.querysets), key=str)


def test_what_copies_the_registry_at_import_is_a_module_of_netbox(strategy, sources):
    assert strategy.copying_modules <= sources.keys()


def test_the_table_of_choices_and_the_source_agree(strategy, sources):
    found = [row for module, source in sources.items() for row in declared_choices(module, source)]
    assert sorted(found) == sorted((row.path, row.source.rpartition(".")[2]) for row in strategy.choices)
    for row in strategy.choices:
        module, _, name = row.source.rpartition(".")
        assert f"def {name}(" in sources[module]


@pytest.mark.django_db
def test_querysets_freeze_and_object_types_have_rows_as_the_table_says(strategy):
    fields = {field.name for field in ObjectType._meta.get_fields()}
    assert ({"public", "features"} <= fields) is strategy.object_type_rows
    models = set(ObjectType.objects.with_feature("tags"))
    store = registry["model_features"]["tags"]
    if isinstance(store, dict):
        lost = store.pop("late_models")
        queryset = ObjectType.objects.with_feature("tags")
        store["late_models"] = lost
        assert set(queryset) < models
    assert isinstance(store, dict) is strategy.querysets_freeze


def test_the_navigation_is_what_the_table_says(strategy, sources):
    assert ("\nMENUS = [" in sources["netbox.navigation.menu"]) is strategy.has_menu_list
    assert ("def get_menus(" in sources["netbox.navigation.menu"]) is not strategy.has_menu_list


def test_the_change_log_is_what_the_table_says(strategy, sources):
    frozen = "    queryset = ObjectChange.objects.valid_models()"
    paths = {path.rpartition(".")[0] for path in strategy.object_change_views}
    assert {module for module, source in sources.items() if frozen in source} == paths
