"""Rows of models that are gone: nothing that points to one is lost, and those that a plugin dropped are found."""

from __future__ import annotations

import sys
from urllib.parse import urlencode

import pytest
from core.models import ObjectType
from dcim.models import Site
from django.apps import apps
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.urls import reverse
from extras.models import CustomField, CustomLink, EventRule, ExportTemplate, SavedFilter, Tag, Webhook
from lxml import html
from netbox.registry import registry
from users.models import ObjectPermission

from netbox_plugin_reloader.repair import references
from netbox_plugin_reloader.repair.object_types import check_object_types, repair_object_types

pytestmark = pytest.mark.usefixtures("rows")
LABEL = "removed_plugin.thing"


@pytest.fixture
def thing():
    """Return the row of a model whose plugin is not installed any more."""
    features = list(registry["model_features"])
    return ObjectType.objects.create(app_label="removed_plugin", model="thing", public=True, features=features)


def relations():
    """Return each field of a model that points to an object type, and is no half of what points to an object."""
    for model in apps.get_models():
        options = model._meta
        generic = {field.ct_field for field in options.private_fields if isinstance(field, GenericForeignKey)}
        for field in options.get_fields():
            if (
                field.auto_created
                or not field.is_relation
                or field.name in generic
                or field in options.parents.values()
            ):
                continue
            if field.related_model in (ContentType, ObjectType) and not model.__module__.startswith("django."):
                yield f"{model._meta.label}.{field.name}"


def event_rule(**values):
    hook = Webhook.objects.create(name="Hook", payload_url="http://127.0.0.1:9/")
    action = {"action_object_type": ContentType.objects.get_for_model(Webhook), "action_object_id": hook.pk}
    return EventRule.objects.create(event_types=["object_created"], action_type="webhook", **action, **values)


def custom_field_of_sites():
    custom_field = CustomField.objects.create(name="loud", type="object")
    custom_field.object_types.set([ObjectType.objects.get_for_model(Site)])
    return custom_field


def table_config():
    # NetBox 4.2, which has no rows of object types, has no such model either.
    return apps.get_model("extras.TableConfig")(name="loud", table="Things", columns=["name"])


MAKERS = {
    "extras.CustomField.object_types": lambda: CustomField.objects.create(name="loud", type="text"),
    "extras.CustomField.related_object_type": lambda: custom_field_of_sites(),
    "extras.CustomLink.object_types": lambda: CustomLink.objects.create(name="loud", link_text="a", link_url="b"),
    "extras.EventRule.object_types": lambda: event_rule(name="loud"),
    "extras.ExportTemplate.object_types": lambda: ExportTemplate.objects.create(name="loud", template_code="a"),
    "extras.SavedFilter.object_types": lambda: SavedFilter.objects.create(
        name="loud", slug="loud", parameters={"q": ["a"]}
    ),
    "extras.TableConfig.object_type": lambda: table_config(),
    "extras.Tag.object_types": lambda: Tag.objects.create(name="loud", slug="loud"),
    "users.ObjectPermission.object_types": lambda: ObjectPermission.objects.create(name="loud", actions=["view"]),
}
"""For each field that points to object types, what makes an object that may point."""
NO_PAGE = {"extras.TableConfig.object_type"}
"""What NetBox's own page cannot edit while the plugin is not there: it asks for the model's table."""


def save_untouched(client, thing):
    """Open the page on which ``thing`` is edited, and save it as it is."""
    options = thing._meta
    url = reverse(f"{options.app_label}:{options.model_name}_edit", kwargs={"pk": thing.pk})
    (form,) = html.fromstring(client.get(url).content).xpath("//form[.//button[@name='_update']]")
    for select in form.xpath(".//select[@name='object_types_1']"):
        # The page's script selects all of this side when it is sent.
        select.value = select.value_options
    for area in form.xpath(".//textarea"):
        # A line feed after the tag is not part of the text.
        area.value = area.value.removeprefix("\n")
    response = client.post(url, urlencode(form.form_values()), "application/x-www-form-urlencoded")
    assert response.status_code == 302, response.context["form"].errors


def point(path, to):
    thing, name = MAKERS[path](), path.rpartition(".")[2]
    field = type(thing)._meta.get_field(name)
    if field.many_to_many:
        # NetBox's own receivers need the model, which was there when a person did this.
        row = {f"{field.m2m_field_name()}_id": thing.pk, f"{field.m2m_reverse_field_name()}_id": to.pk}
        field.remote_field.through.objects.create(**row)
    else:
        # Not every line's field leads to the same class of the row.
        setattr(thing, f"{name}_id", to.pk)
        thing.save()
    return thing


def pointed_to(path, thing):
    thing = type(thing).objects.get(pk=thing.pk)
    value = getattr(thing, path.rpartition(".")[2])
    return [value.pk] if hasattr(value, "pk") else [other.pk for other in value.all()] if value else []


def test_every_relation_is_tried():
    assert set(relations()) == set(MAKERS)
    assert {f"{field.model._meta.label}.{field.name}" for field in references.relations()} == set(MAKERS)


@pytest.mark.parametrize("path", MAKERS)
def test_what_points_to_a_row_of_a_removed_plugin_keeps_it(strategy, admin_client, thing, path):
    pointing = point(path, thing)
    before = (thing.public, thing.features)
    outcome = repair_object_types(strategy, removed=True)
    (held,) = outcome.held
    assert (held.plugin, held.subject) == ("removed_plugin", LABEL)
    assert held.names[-1] == f"still used by 1 {pointing._meta.verbose_name} ({pointing})"
    assert outcome.findings == (held,)
    assert outcome.repairs == outcome.removed == ()
    thing.refresh_from_db()
    assert (thing.public, thing.features) == before
    if path not in NO_PAGE:
        save_untouched(admin_client, pointing)
    assert pointed_to(path, pointing) == [thing.pk]


def test_a_form_offers_a_row_because_it_is_public_or_has_a_feature(admin_client, thing):
    """Show that the test above can fail."""
    tag = point("extras.Tag.object_types", thing)
    ObjectType.objects.filter(pk=thing.pk).update(public=False, features=[])
    save_untouched(admin_client, tag)
    assert pointed_to("extras.Tag.object_types", tag) == []


def test_how_many_point_is_said_and_some_are_named(strategy, thing):
    for number in range(5):
        Tag.objects.create(name=f"loud{number}", slug=f"loud{number}").object_types.set([thing.pk])
    point("extras.CustomLink.object_types", thing)
    (held,) = check_object_types(strategy).held
    tags, links = "5 tags (loud0, loud1, loud2, …)", "1 custom link (loud)"
    assert held.names[-1] in (f"still used by {tags} and {links}", f"still used by {links} and {tags}")


def test_a_row_is_hidden_when_nothing_points_to_it_any_more(strategy, thing):
    tag = point("extras.Tag.object_types", thing)
    other = ObjectType.objects.create(app_label="removed_plugin", model="other", public=True, features=["tags"])
    assert [row.subject for row in repair_object_types(strategy, removed=True).repairs] == ["removed_plugin.other"]
    other.refresh_from_db()
    assert (other.public, other.features) == (False, [])
    tag.delete()
    assert [row.subject for row in repair_object_types(strategy, removed=True).repairs] == [LABEL]


def ask_for_no_such_column():
    with connection.cursor() as cursor:
        cursor.execute("SELECT no_such_column")


def raise_as_a_plugins_manager_may():
    raise RuntimeError("not today")


@pytest.mark.parametrize("error", [ask_for_no_such_column, raise_as_a_plugins_manager_may])
def test_what_cannot_be_asked_keeps_the_row(strategy, thing, monkeypatch, caplog, error):
    pointing = references._pointing

    def fail(field, keys):
        if field.model is CustomLink:
            error()
        return pointing(field, keys)

    monkeypatch.setattr(references, "_pointing", fail)
    (held,) = repair_object_types(strategy, removed=True).held
    assert held.names[-1] == "still used by perhaps custom links"
    assert "cannot be queried for what it points to: " in caplog.text


@pytest.fixture
def unlisted():
    """Have an app unable to list its models."""

    def fail(*arguments, **options):
        raise RuntimeError("not today")

    # Django asks each app once, and remembers it.
    apps.clear_cache()
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(apps.get_app_config("late_models"), "get_models", fail)
        yield
    apps.clear_cache()


def test_an_app_whose_models_cannot_be_listed_keeps_the_row(strategy, thing, unlisted, caplog):
    found = repair_object_types(strategy, removed=True)
    (held,) = found.held
    assert held.names[-1] == "still used by perhaps something (it cannot be listed: RuntimeError: not today)"
    assert "What points to object types cannot be listed: RuntimeError: not today" in caplog.text
    assert found.problem == ""


MIGRATION = """
from django.db import migrations, models

FIELDS = [("id", models.BigAutoField(primary_key=True))]


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(name="Dropped", fields=FIELDS),
        migrations.SeparateDatabaseAndState(state_operations=[migrations.CreateModel(name="Split", fields=FIELDS)]),
        migrations.RenameModel("Older", "Newer"),
        migrations.CreateModel(name="Everything", fields=FIELDS),
        migrations.DeleteModel(name="Dropped"),
    ]
"""
MIGRATED = ("dropped", "split", "older", "newer")


@pytest.fixture
def migrations(tmp_path, monkeypatch, settings):
    """Have plain_models have migrations that made more models than it has."""
    package = tmp_path / "plain_migrations"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "0001_initial.py").write_text(MIGRATION)
    monkeypatch.syspath_prepend(tmp_path)
    settings.MIGRATION_MODULES = {**settings.MIGRATION_MODULES, "plain_models": "plain_migrations"}
    yield package
    for name in [name for name in sys.modules if name.partition(".")[0] == "plain_migrations"]:
        del sys.modules[name]


def make_row(model):
    return ObjectType.objects.create(app_label="plain_models", model=model, public=True, features=["tags"])


def test_a_model_that_an_installed_plugin_dropped_is_found(strategy, migrations):
    for model in (*MIGRATED, "generated"):
        make_row(model)
    found = {row.subject: row for row in check_object_types(strategy).removed}
    # A generated model stands in no migration.
    assert found.keys() == {f"plain_models.{model}" for model in MIGRATED}
    row = found["plain_models.dropped"]
    assert row.plugin == "plain_models"
    assert row.names == ("the plugin no longer has this model", "public True → False", "features -tags")
    assert repair_object_types(strategy).repairs == ()
    assert {row.subject for row in repair_object_types(strategy, removed=True).repairs} == found.keys()
    assert check_object_types(strategy).removed == ()
    assert ObjectType.objects.get(app_label="plain_models", model="generated").public is True


def test_it_is_kept_while_something_points_to_it(strategy, migrations):
    point("extras.Tag.object_types", make_row("dropped"))
    outcome = repair_object_types(strategy, removed=True)
    assert [row.names[-1] for row in outcome.held] == ["still used by 1 tag (loud)"]
    assert outcome.repairs == ()


@pytest.mark.parametrize("text", ["raise RuntimeError('no')", "import no_such_module"])
def test_migrations_that_cannot_be_read_tell_nothing(strategy, migrations, caplog, text):
    (migrations / "0001_initial.py").write_text(text)
    make_row("dropped")
    assert check_object_types(strategy).removed == ()
    assert "plain_models: its migrations cannot be read" in caplog.text
