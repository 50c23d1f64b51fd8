"""Every capability that NetBox documents for plugins works, and works once, with us beside it."""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from functools import partial
from importlib import import_module
from unittest import mock
from urllib.parse import urlencode

import django_rq
import pytest
from core.choices import JobStatusChoices
from core.models import DataSource, Job, ObjectType
from dcim.models import Site
from dcim.tables import SiteTable
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.contrib.staticfiles import finders
from django.core.exceptions import ImproperlyConfigured
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.db.migrations.state import ProjectState
from django.test import override_settings
from django.urls import reverse
from django.utils.choices import flatten_choices
from extras.models import (
    Bookmark,
    ConfigTemplate,
    CustomField,
    EventRule,
    ImageAttachment,
    JournalEntry,
    Subscription,
    Tag,
    Webhook,
)
from extras.webhooks import send_webhook
from netbox.api.viewsets import mixins
from netbox.plugins import get_plugin_config
from netbox.plugins.utils import get_installed_plugins
from netbox.registry import registry
from netbox_animal_sounds import config, events, request_processors
from netbox_animal_sounds.jobs import CountAnimalsJob, ListenJob
from netbox_animal_sounds.models import MORE_MODELS, Animal, Echo, Sound
from tenancy.models import Contact, ContactAssignment, ContactRole
from users.models import ObjectPermission
from utilities.api import get_serializer_for_model

from netbox_plugin_reloader import reload_plugins
from netbox_plugin_reloader.compat import running_version, select
from tests.netbox.forms import event_rule, save, save_custom_field, save_event_rule, save_journal_entry, save_tag

pytestmark = pytest.mark.django_db

LINE = select(running_version()).line
OURS = "netbox_plugin_reloader"
PLUGIN = "netbox_animal_sounds"
CONFIGURATION = {PLUGIN: {"loudness": 11}}
MORE_NAMES = [model._meta.model_name for model in MORE_MODELS]
FORMS = ("customfield", "customlink", "eventrule", "exporttemplate", "tag")
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


@pytest.fixture
def farm():
    return Site.objects.create(name="Farm", slug="farm")


@pytest.fixture
def bessie(farm):
    return Animal.objects.create(name="Bessie", species="cow", loudness=7, site=farm, comments="Likes clover")


@pytest.fixture
def rex():
    return Animal.objects.create(name="Rex", species="dog", loudness=9)


@pytest.fixture
def moo(bessie):
    return Sound.objects.create(animal=bessie, name="Moo", description="Long and deep")


def since(line):
    """Mark what can be tested from a line of NetBox on."""
    return pytest.mark.skipif(line > LINE, reason=f"from {line} on")


def url(name, *arguments):
    return reverse(f"plugins:{PLUGIN}:{name}", args=arguments)


def page(admin_client, address, **headers):
    response = admin_client.get(address, headers=headers)
    assert response.status_code == 200, (address, response)
    return response.content.decode()


def values(field):
    """Return the values of a choice field as a browser would send them, those of option groups too."""
    return [str(value) for value, *_ in flatten_choices(field.choices)]


def content_type_id(model):
    return ObjectType.objects.get_for_model(model).pk


def names_in(table):
    return [str(row.record) for row in table.rows]


def add_animal(admin_client, name="Bessie", **fields):
    data = {"name": name, "species": "cow", "loudness": 7, **fields}
    save(admin_client, url("animal_add"), data)
    return Animal.objects.get(name=name)


def tabs(html):
    """Return the paths of an object's page's tabs, without the first, which is the object itself."""
    _, _, rest = html.partition('<ul class="nav nav-tabs"')
    return re.findall(r'<a href="([^"]+)"\s+class="nav-link', rest.partition("</ul>")[0])


def test_the_pass_finds_nothing_to_repair_or_to_complain_about():
    report = reload_plugins()
    assert [row for row in report.repairs + report.conflicts + report.failures if row.plugin == PLUGIN] == []
    (summary,) = [summary for summary in report.plugins if summary.name == PLUGIN]
    assert (summary.version, summary.models) == ("1.0", 3 + len(MORE_MODELS))


def test_required_and_default_settings():
    assert get_plugin_config(PLUGIN, "loudness") == 11
    assert get_plugin_config(PLUGIN, "greeting") == "Moo"


def test_a_missing_required_setting_is_fatal(run_probe):
    done = run_probe("startup.py", plugins=[PLUGIN, OURS])
    assert done.returncode != 0
    assert "requires 'loudness' to be present" in done.stderr


@pytest.mark.parametrize("version", ["4.1.11", "4.8.0"])
def test_another_netbox_is_refused(version):
    with pytest.raises(ImproperlyConfigured, match=r"requires NetBox (minimum|maximum) version"):
        config.validate({"loudness": 11}, version)


def test_no_model_differs_from_its_migrations():
    """Neither one of the plugin's nor, with us there, one of NetBox's own."""
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)


def test_the_migrations_make_the_tables():
    """NetBox's own migrations take minutes; only those of the plugin run here, on its models as they are now."""
    labels = ("animal_sounds_companion", PLUGIN)
    models = [model for label in labels for model in apps.get_app_config(label).get_models()]
    state = ProjectState.from_apps(apps)
    with connection.schema_editor() as schema_editor:
        for model in reversed(models):
            schema_editor.delete_model(model)
            state.remove_model(model._meta.app_label, model._meta.model_name)
    tables = {model._meta.db_table for model in models}
    assert len(tables) == 5 + len(MORE_MODELS)
    assert tables.isdisjoint(connection.introspection.table_names())
    for label in labels:
        migration = import_module(f"{label}.migrations.0001_initial").Migration("0001_initial", label)
        with connection.schema_editor() as schema_editor:
            state = migration.apply(state, schema_editor)
    assert tables <= set(connection.introspection.table_names())
    sound = Sound.objects.create(animal=Animal.objects.create(name="Bessie"), name="Moo")
    assert Echo.objects.create(sound=sound).pk
    assert all(
        model.objects.create(name="Green", **{"slug": "green"} if hasattr(model, "slug") else {}).pk
        for model in MORE_MODELS
    )


def test_the_management_command(bessie, rex, capsys):
    call_command("animal_choir")
    assert capsys.readouterr().out.split() == ["Bessie", "Rex"]


def test_the_middleware_sees_a_response_once(client):
    assert client.get("/login/")["X-Animal-Sounds"] == "1"


def test_the_request_processor_sees_a_request_once(admin_client):
    request_processors.processed.clear()
    page(admin_client, url("animal_list"))
    assert request_processors.processed == [url("animal_list")]


def test_the_companion_app():
    assert settings.INSTALLED_APPS.count("animal_sounds_companion") == 1
    microphone = apps.get_model("animal_sounds_companion", "Microphone").objects.create(name="Large")
    microphone.tags.add(Tag.objects.create(name="Loud", slug="loud"))
    assert [tag.name for tag in microphone.tags.all()] == ["Loud"]
    assert apps.get_model("animal_sounds_companion", "Frequency").objects.create(hertz=440).pk


@pytest.mark.parametrize("name", ["animal_list", "animal_add", "animal_bulk_import", "sound_list", "sound_add"])
def test_a_list_page(admin_client, moo, name):
    page(admin_client, url(name))


@pytest.mark.parametrize("action", ["", "_edit", "_delete", "_changelog", "_journal"])
def test_a_page_of_an_object(admin_client, moo, action):
    page(admin_client, url(f"animal{action}", moo.animal.pk))
    page(admin_client, url(f"sound{action}", moo.pk))


def test_every_tab_is_there_once(admin_client, moo, strategy):
    address = url("animal", moo.animal.pk)
    found = tabs(page(admin_client, address))
    # A view to synchronize has no tab.
    expected = {"sounds", *strategy.feature_views} - {"sync"}
    assert Counter(found) == {f"{address}{name}/": 1 for name in expected}


def test_the_tab_on_a_page_of_netbox(admin_client, bessie, farm):
    address = reverse("dcim:site_animals", args=[farm.pk])
    assert address.endswith("/animals-heard/")
    assert tabs(page(admin_client, farm.get_absolute_url())).count(address) == 1
    response = admin_client.get(address)
    assert names_in(response.context["table"]) == ["Bessie"]


def test_the_tab_of_our_own(admin_client, moo):
    response = admin_client.get(url("animal_sounds", moo.animal.pk))
    assert names_in(response.context["table"]) == ["Moo"]


def test_a_page_layout(admin_client, moo):
    html = page(admin_client, url("sound", moo.pk))
    assert html.count("Long and deep") == 1
    crumbs = html.partition('<ol class="breadcrumb')[2].partition("</ol>")[0]
    assert "Sounds" in crumbs
    # From 4.7 on a layout has breadcrumbs of its own.
    assert crumbs.count(f'<a href="{moo.animal.get_absolute_url()}">Bessie</a>') == (LINE >= "4.7")


def test_static_files_and_the_release_track(admin_client, bessie):
    assert finders.find(f"{PLUGIN}/animals.css")
    assert page(admin_client, bessie.get_absolute_url()).count(f'href="/static/{PLUGIN}/animals.css') == 1
    # From 4.3 on.
    track = "-spring" if LINE >= "4.3" else ""
    assert get_installed_plugins()[PLUGIN] == f"1.0{track}"


def test_a_choice_with_a_description(admin_client):
    # From 4.7 on; what it is shown with is a select of its own.
    assert page(admin_client, url("animal_add")).count("Gives milk") == (LINE >= "4.7")


@since("4.5")
class TestFurtherModels:
    """A primary, an organizational and a nested model, each with its pages, its owner and its features."""

    FIELDS = {"barn": {"name": "Red"}, "breed": {"name": "Red", "slug": "red"}, "herd": {"name": "Red", "slug": "red"}}

    @pytest.fixture(params=["barn", "breed", "herd"])
    def name(self, request):
        return request.param

    def test_it_is_added_shown_and_deleted(self, admin_client, name, strategy):
        owner = apps.get_model("users", "Owner").objects.create(name="Old MacDonald")
        save(admin_client, url(f"{name}_add"), {**self.FIELDS[name], "owner": owner.pk})
        added = apps.get_model(PLUGIN, name).objects.get()
        address = url(name, added.pk)
        html = page(admin_client, address)
        assert html.count("Red, kept by Old MacDonald") == 1
        expected = {"changelog", "journal"} & strategy.feature_views.keys()
        assert Counter(tabs(html)) == {f"{address}{view}/": 1 for view in expected}
        assert names_in(admin_client.get(url(f"{name}_list")).context["table"]) == ["Red"]
        save(admin_client, url(f"{name}_delete", added.pk), {"confirm": True})
        assert not type(added).objects.exists()

    def test_a_nested_model_is_a_tree(self, admin_client):
        add = partial(save, admin_client, url("herd_add"))
        herds = apps.get_model(PLUGIN, "Herd").objects
        add({"name": "Cattle", "slug": "cattle"})
        add({"name": "Calves", "slug": "calves", "parent": herds.get().pk})
        assert [herd.name for herd in herds.get(name="Cattle").get_descendants()] == ["Calves"]
        assert page(admin_client, url("herd", herds.get(name="Calves").pk)).count(", in Cattle") == 1

    @since("4.7")
    def test_a_generic_object_field(self, admin_client, bessie):
        place = {"place_content_type": content_type_id(Animal), "place_object_id": bessie.pk}
        save(admin_client, url("barn_add"), {"name": "Red", **place})
        barn = apps.get_model(PLUGIN, "Barn").objects.get()
        assert barn.place == bessie
        field = admin_client.get(url("barn_edit", barn.pk)).context["form"].fields["place"]
        offered = [str(content_type_id(model)) for model in (Animal, Site)]
        assert sorted(filter(None, values(field.content_type_field))) == sorted(offered)
        assert page(admin_client, url("barn", barn.pk)).count(", at Bessie") == 1


def test_dependent_objects_are_made_when_asked_for(bessie):
    """What restores objects past ``save()``, as netbox-branching does, calls it from NetBox 4.7.2 on."""
    (sound,) = Sound.objects.bulk_create([Sound(animal=bessie, name="Moo")])
    for _ in range(2):
        sound.update_dependent_objects()
    assert [echo.sound for echo in Echo.objects.all()] == [sound]
    assert sound.update_dependent_objects.alters_data


def test_the_views_to_edit_and_to_delete(admin_client, bessie):
    save(admin_client, url("animal_edit", bessie.pk), {"name": "Bess", "species": "cow", "loudness": 8})
    bessie.refresh_from_db()
    assert (bessie.name, bessie.loudness) == ("Bess", 8)
    save(admin_client, url("animal_delete", bessie.pk), {"confirm": True})
    assert not Animal.objects.exists()


def test_a_plugin_can_refuse_a_request(admin_client):
    response = admin_client.post(url("animal_add"), {"name": "Dragon", "species": "cow", "loudness": 100})
    assert response.context["form"].non_field_errors() == ["A dragon makes no sound."]
    assert not Animal.objects.exists()


def test_bulk_import_rename_edit_and_delete(admin_client, farm):
    data = "name,species,loudness,site\nBessie,cow,7,Farm\nRex,dog,9,\n"
    save(admin_client, url("animal_bulk_import"), {"data": data, "format": "csv", "csv_delimiter": "auto"})
    assert [(animal.name, animal.species, animal.loudness) for animal in Animal.objects.all()] == [
        ("Bessie", "cow", 7),
        ("Rex", "dog", 9),
    ]
    keys = list(Animal.objects.values_list("pk", flat=True))
    renaming = {"pk": keys, "find": "ess", "replace": "utterfl", "_apply": True}
    save(admin_client, url("animal_bulk_rename"), renaming)
    assert list(Animal.objects.values_list("name", flat=True)) == ["Butterflie", "Rex"]
    save(admin_client, url("animal_bulk_edit"), {"pk": keys, "loudness": 3, "_apply": True})
    assert list(Animal.objects.values_list("loudness", flat=True)) == [3, 3]
    save(admin_client, url("animal_bulk_delete"), {"pk": keys, "confirm": True, "_confirm": True})
    assert not Animal.objects.exists()


def test_the_menu_is_there_once(admin_client):
    html = page(admin_client, reverse("home"))
    assert len(re.findall(r'"nav-link-title">\s*Animal kingdom\s*<', html)) == 1
    texts = ["Creatures", "Noises", "All the animals", "All the sounds"]
    titles = ['title="Add an animal"', 'title="Import animals"']
    assert {text: html.count(text) for text in texts + titles} == dict.fromkeys(texts + titles, 1)


def test_template_content_is_rendered_once(admin_client, bessie, farm):
    places = ["left of {}, Moo", "right", "full width", "buttons", "alerts"]
    head = LINE >= "4.3"
    for thing in (farm, bessie):
        html = page(admin_client, thing.get_absolute_url())
        texts = [f"animal content: {place.format(thing)}" for place in places]
        assert {text: html.count(text) for text in texts} == dict.fromkeys(texts, 1)
        # NetBox has two navigation bars, for narrow screens and for wide ones.
        assert html.count("animal content: navigation bar") == 2
        assert html.count("animal content:") == len(places) + 2
        assert html.count('<meta name="animal-content" content="head">') == head


@pytest.mark.parametrize("name", ["dcim:site_list", f"plugins:{PLUGIN}:animal_list"])
def test_list_buttons_are_rendered_once(admin_client, name):
    assert page(admin_client, reverse(name)).count("animal content: list buttons") == 1


def test_a_table(admin_client, bessie, rex):
    table = admin_client.get(url("animal_list")).context["table"]
    assert names_in(table) == ["Bessie", "Rex"]
    assert [table.columns.names().count(name) for name in ("name", "species", "tags")] == [1, 1, 1]
    html = page(admin_client, url("animal_list"))
    assert html.count(f'<a href="{bessie.get_absolute_url()}">Bessie</a>') == 1


def test_a_column_in_a_table_of_netbox(bessie):
    table = SiteTable(Site.objects.all())
    assert table.columns.names().count("animals") == 1
    assert "Bessie" in str(table.rows[0].get_cell("animals"))


def test_filters(admin_client, bessie, rex, farm):
    queries = ["species=dog", "q=re", "loudness=9", "name__ic=RE", f"site_id={farm.pk}"]
    answers = [admin_client.get(f"{url('animal_list')}?{query}") for query in queries]
    assert [names_in(response.context["table"]) for response in answers] == [["Rex"]] * 4 + [["Bessie"]]
    assert list(answers[-1].context["filter_form"].cleaned_data["site_id"]) == [farm]


@pytest.mark.parametrize(
    ("form", "name"), [*((form, "object_types") for form in FORMS), (FORMS[0], "related_object_type")]
)
def test_a_model_is_offered_once(admin_client, form, name):
    """A private model has its features, which NetBox's forms do offer, but is not public."""
    # A custom field has a related object type if it is of the type "object".
    field = admin_client.get(f"{reverse(f'extras:{form}_add')}?type=object").context["form"].fields[name]
    offered = [values(field).count(str(content_type_id(model))) for model in (Animal, Sound, *MORE_MODELS, Echo)]
    assert offered == [1, 1, *(1 for _ in MORE_MODELS), 0 if name.startswith("related") else 1]


def test_public_models():
    public = [kind.model for kind in ObjectType.objects.public() if kind.app_label == PLUGIN]
    assert sorted(public) == sorted(["animal", "sound", *MORE_NAMES])


def test_a_custom_field(admin_client):
    save_custom_field(admin_client, content_type_id(Animal), "legs", "integer")
    assert [field.name for field in CustomField.objects.get_for_model(Animal)] == ["legs"]
    bessie = add_animal(admin_client, cf_legs=4)
    assert bessie.cf == {"legs": 4}


def test_a_tag(admin_client):
    save_tag(admin_client, content_type_id(Animal), "Loud")
    bessie = add_animal(admin_client, tags=[Tag.objects.get().pk])
    assert [tag.slug for tag in bessie.tags.all()] == ["loud"]
    assert names_in(admin_client.get(f"{url('animal_list')}?tag=loud").context["table"]) == ["Bessie"]


def test_a_journal_entry(admin_client, bessie):
    save_journal_entry(admin_client, content_type_id(Animal), bessie, "Gave no milk today")
    assert JournalEntry.objects.get().assigned_object == bessie
    assert page(admin_client, url("animal_journal", bessie.pk)).count("Gave no milk today") == 1


@pytest.mark.parametrize("model", [Bookmark, Subscription])
def test_a_bookmark_and_a_subscription(admin_client, admin_user, bessie, model):
    data = {"object_type": content_type_id(Animal), "object_id": bessie.pk}
    save(admin_client, f"extras:{model._meta.model_name}_add", data)
    assert [(entry.user, entry.object) for entry in model.objects.all()] == [(admin_user, bessie)]


def test_a_contact(admin_client, bessie):
    contact = Contact.objects.create(name="Vet")
    role = ContactRole.objects.create(name="Doctor", slug="doctor")
    target = {"object_type": content_type_id(Animal), "object_id": bessie.pk}
    # NetBox 4.2 reads the object from the address.
    address = f"{reverse('tenancy:contactassignment_add')}?{urlencode(target)}"
    save(admin_client, address, {"contact": contact.pk, "role": role.pk, "priority": "primary", **target})
    assert ContactAssignment.objects.get().object == bessie
    assert [assignment.contact.name for assignment in bessie.contacts.all()] == ["Vet"]


def test_an_image(admin_client, bessie, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    address = f"{reverse('extras:imageattachment_add')}?object_type={content_type_id(Animal)}&object_id={bessie.pk}"
    save(admin_client, address, {"name": "Portrait", "image": SimpleUploadedFile("portrait.png", PIXEL, "image/png")})
    assert ImageAttachment.objects.get().parent == bessie
    assert [image.name for image in bessie.images.all()] == ["Portrait"]


def test_changes_are_logged(admin_client):
    bessie = add_animal(admin_client)
    html = page(admin_client, url("animal_changelog", bessie.pk))
    assert len(re.findall(r"/core/changelog/\d+/", html)) >= 1
    (change,) = apps.get_model("core", "ObjectChange").objects.filter(changed_object_id=bessie.pk)
    assert (change.action, change.changed_object) == ("create", bessie)


def test_data_is_synchronized(admin_client):
    assert values(admin_client.get(reverse("core:datasource_add")).context["form"].fields["type"]).count("chorus") == 1
    address = reverse("core-api:datasource-list")
    data = {"name": "Chorus", "type": "chorus", "source_url": "chorus://farm"}
    response = admin_client.post(address, data, content_type="application/json")
    assert response.status_code == 201, response.content
    source = DataSource.objects.get()
    source.sync()
    animal = Animal(name="Parrot", data_file=source.datafiles.get())
    animal.full_clean()
    animal.save()
    assert animal.comments == "chorus://farm"
    Animal.objects.update(comments="")
    assert admin_client.post(url("animal_sync", animal.pk)).status_code == 302
    animal.refresh_from_db()
    assert animal.comments == "chorus://farm"


def test_a_permission_of_our_own():
    assert Permission.objects.filter(content_type__app_label=PLUGIN, codename="feed").count() == 1
    stranger = get_user_model().objects.create_user("stranger")
    assert not stranger.has_perm(f"{PLUGIN}.feed_animal")
    permission = ObjectPermission.objects.create(name="Feed", actions=["feed"])
    permission.object_types.add(content_type_id(Animal))
    permission.users.add(stranger)
    stranger = get_user_model().objects.get(pk=stranger.pk)
    assert stranger.has_perm(f"{PLUGIN}.feed_animal")
    assert not stranger.has_perm(f"{PLUGIN}.view_animal")


@since("4.4")
def test_a_model_feature_of_our_own():
    assert list(registry["model_features"]).count("noise") == 1
    assert [str(kind.model) for kind in ObjectType.objects.with_feature("noise")] == ["animal"]


def test_a_custom_validator(admin_client):
    validators = {f"{PLUGIN}.animal": ["netbox_animal_sounds.validators.QuietAnimalValidator"]}
    with override_settings(CUSTOM_VALIDATORS=validators):
        response = admin_client.post(url("animal_add"), {"name": "Bessie", "species": "cow", "loudness": 101})
        assert response.context["form"].errors == {"loudness": ["No animal may be as loud as that."]}
        add_animal(admin_client, loudness=100)


def test_global_search_finds_an_object_once(admin_client, bessie, moo):
    # NetBox 4.7 indexes when a transaction is committed, which a test's never is.
    call_command("reindex", PLUGIN, verbosity=0)
    rows = admin_client.get(f"{reverse('search')}?q=clover").context["table"].rows
    assert [row.record.object for row in rows] == [bessie]
    rows = admin_client.get(f"{reverse('search')}?q=deep&obj_types={PLUGIN}.sound").context["table"].rows
    assert [row.record.object for row in rows] == [moo]


def test_global_search_offers_a_model_once(admin_client):
    offered = values(admin_client.get(reverse("search")).context["form"].fields["obj_types"])
    assert [offered.count(f"{PLUGIN}.{name}") for name in ("animal", "sound", "echo")] == [1, 1, 0]


def test_the_rest_api(admin_client, bessie, farm):
    address = reverse(f"plugins-api:{PLUGIN}-api:animal-list")
    assert address == "/api/plugins/animal-sounds/animals/"
    data = {"name": "Rex", "species": "dog", "loudness": 9, "site": farm.pk}
    response = admin_client.post(address, data, content_type="application/json")
    assert response.status_code == 201, response.content
    answer = admin_client.get(address).json()
    assert (answer["count"], [animal["name"] for animal in answer["results"]]) == (2, ["Bessie", "Rex"])
    detail = admin_client.get(f"{address}{bessie.pk}/").json()
    assert (detail["name"], detail["site"]["name"], detail["custom_fields"]) == ("Bessie", "Farm", {})
    assert detail["url"] == f"http://testserver{address}{bessie.pk}/"
    assert [animal["name"] for animal in admin_client.get(f"{address}?species=dog").json()["results"]] == ["Rex"]
    root = admin_client.get("/api/plugins/").json()
    assert list(root).count("animal-sounds") + list(root).count(PLUGIN) <= 1


def test_the_rest_api_is_described_once(admin_client):
    paths = admin_client.get("/api/schema/", headers={"accept": "application/json"}).json()["paths"]
    assert sorted(path for path in paths if "animal-sounds" in path) == [
        f"/api/plugins/animal-sounds/{name}s/{rest}"
        for name in sorted(["animal", "sound", *MORE_NAMES])
        for rest in ("", "{id}/")
    ]


@pytest.fixture
def in_the_background(admin_client):
    """Return a function that posts objects to an endpoint for a background worker, and says that there is one."""

    def post(name, *objects):
        address = f"{reverse(f'plugins-api:{PLUGIN}-api:{name}-list')}?background=true"
        with mock.patch.object(mixins, "any_workers_for_queue", return_value=True):
            return admin_client.post(address, list(objects), content_type="application/json")

    return post


@since("4.7")
def test_a_bulk_request_in_the_background(in_the_background, queue, django_capture_on_commit_callbacks):
    before = set(queue.job_ids)
    with django_capture_on_commit_callbacks(execute=True):
        response = in_the_background("animal", {"name": "Bessie", "species": "cow"}, {"name": "Rex", "species": "dog"})
    assert response.status_code == 202, response.content
    assert not Animal.objects.exists()
    (job_id,) = set(queue.job_ids) - before
    job = queue.fetch_job(job_id)
    job.func(*job.args, **job.kwargs)
    done = Job.objects.get(pk=response.json()["job"]["id"])
    assert (done.status, done.data["status_code"]) == (JobStatusChoices.STATUS_COMPLETED, 201), done.error
    assert [animal.name for animal in Animal.objects.all()] == ["Bessie", "Rex"]


@since("4.7")
def test_an_endpoint_without_background(in_the_background, bessie):
    response = in_the_background("sound", {"animal": bessie.pk, "name": "Moo"})
    assert (response.status_code, Sound.objects.count()) == (400, 0)
    assert "not supported" in response.json()["detail"]


def test_a_serializer_resolver():
    name = "ResolvedEchoSerializer" if LINE >= "4.6" else "EchoSerializer"
    assert get_serializer_for_model(Echo).__name__ == name
    assert get_serializer_for_model(Animal).__name__ == "AnimalSerializer"


def graphql(admin_client, query):
    answer = admin_client.post(reverse("graphql"), {"query": query}, content_type="application/json").json()
    assert "errors" not in answer, answer
    return answer["data"]


def test_graphql(admin_client, moo, rex, farm):
    query = "animal_list { name species site { name } sounds { name animal { name } } }"
    assert graphql(admin_client, f"{{ {query} }}") == {
        "animal_list": [
            {
                "name": "Bessie",
                "species": "cow",
                "site": {"name": "Farm"},
                "sounds": [{"name": "Moo", "animal": {"name": "Bessie"}}],
            },
            {"name": "Rex", "species": "dog", "site": None, "sounds": []},
        ]
    }
    assert graphql(admin_client, f"{{ sound(id: {moo.pk}) {{ name }} }}") == {"sound": {"name": "Moo"}}


def test_graphql_filters(admin_client, bessie, rex):
    (filters,) = graphql(
        admin_client, '{ __type(name: "AnimalFilter") { inputFields { name type { name } } } }'
    ).values()
    kinds = {field["name"]: field["type"]["name"] for field in filters["inputFields"]}
    # On NetBox 4.2 the filters come from the filter set, and have lookups.
    name, loudness = ('"Rex"', "9") if kinds["name"] == "String" else ('{exact: "Rex"}', "{exact: 9}")
    for condition in (f"name: {name}", f"loudness: {loudness}"):
        answer = graphql(admin_client, f"{{ animal_list(filters: {{{condition}}}) {{ name }} }}")
        assert answer == {"animal_list": [{"name": "Rex"}]}, condition


@since("4.7")
def test_graphql_extensions(admin_client, bessie):
    Site.objects.create(name="Desert", slug="desert")
    query = "{ site_list(filters: {has_animals: true}) { name animals { name } } }"
    assert graphql(admin_client, query) == {"site_list": [{"name": "Farm", "animals": [{"name": "Bessie"}]}]}


@pytest.fixture
def queue():
    """Return the queue that NetBox puts webhooks in, and remove the jobs that a test adds to it."""
    queue = django_rq.get_queue("default")
    before = set(queue.job_ids)
    yield queue
    for job_id in set(queue.job_ids) - before:
        queue.fetch_job(job_id).delete()


def add_event_rule(admin_client, *arguments):
    save_event_rule(admin_client, content_type_id(Animal), *arguments)
    return EventRule.objects.get()


def test_an_event_rule_and_a_webhook_callback(admin_client, queue, django_capture_on_commit_callbacks):
    webhook = Webhook.objects.create(name="Hook", payload_url="http://localhost:9/")
    rule = add_event_rule(admin_client, "object_created", "webhook", webhook.pk)
    assert [kind.model for kind in rule.object_types.all()] == ["animal"]
    before = set(queue.job_ids)
    with django_capture_on_commit_callbacks(execute=True):
        add_animal(admin_client)
    (job_id,) = set(queue.job_ids) - before
    job = queue.fetch_job(job_id)
    assert job.func_name == "extras.webhooks.send_webhook"
    with mock.patch("requests.Session.send", return_value=mock.Mock(status_code=200)) as send:
        send_webhook(**job.kwargs)
    payload = json.loads(send.call_args.args[0].body)
    assert (payload["data"]["name"], payload["data"]["loudness"]) == ("Bessie", 7)
    if LINE >= "4.4":
        assert payload["context"] == {PLUGIN: {"event_type": "object_created"}}
        functions = [function.__name__ for function in registry["webhook_callbacks"]]
        assert functions.count("add_animal_sounds") == 1


def test_the_events_pipeline(admin_client):
    assert settings.EVENTS_PIPELINE.count("netbox_animal_sounds.events.remember_events") == 1
    events.remembered.clear()
    add_animal(admin_client)
    assert events.remembered == [("animal", "object_created")]


def test_an_event_type_is_offered_once(admin_client):
    form = admin_client.get(reverse("extras:eventrule_add")).context["form"]
    assert values(form.fields["event_types"]).count("animal_heard") == 1
    webhook = Webhook.objects.create(name="Hook", payload_url="http://localhost:9/")
    assert add_event_rule(admin_client, "animal_heard", "webhook", webhook.pk).event_types == ["animal_heard"]


@pytest.fixture
def event_rules():
    """Return the module of the plugin's actions, which have not performed anything yet."""
    module = import_module(f"{PLUGIN}.event_rules")
    module.performed.clear()
    return module


@since("4.7")
def test_an_event_rule_action(admin_client, bessie, event_rules):
    form = admin_client.get(reverse("extras:eventrule_add")).context["form"]
    assert values(form.fields["action_type"]).count("netbox_animal_sounds.answer") == 1
    add_event_rule(admin_client, "object_created", "netbox_animal_sounds.answer", bessie.pk)
    add_animal(admin_client, "Rex")
    assert event_rules.performed == [("Listen", "Bessie")]


@since("4.7")
def test_an_event_rule_action_without_an_object(admin_client, event_rules):
    rule = add_event_rule(admin_client, "object_created", "netbox_animal_sounds.silence", "")
    assert rule.action_object is None
    add_animal(admin_client, "Rex")
    assert event_rules.performed == [("Listen", None)]


@since("4.7")
def test_what_an_event_rule_action_offers_and_refuses(admin_client, bessie, event_rules):
    donald = Animal.objects.create(name="Donald", species="duck")
    address = f"{reverse('extras:eventrule_add')}?action_type=netbox_animal_sounds.answer"
    assert admin_client.get(address).context["form"].fields["action_choice"].label == "Who answers"
    rule = event_rule(content_type_id(Animal), "object_created", "netbox_animal_sounds.answer", bessie.pk)
    data = rule | {"action_data": '{"loudness": 8}'}
    response = admin_client.post(reverse("extras:eventrule_add"), data)
    assert response.context["form"].errors == {"action_data": ["Bessie is not as loud as that."]}
    response = admin_client.post(reverse("extras:eventrule_add"), data | {"action_choice": donald.pk})
    assert "action_choice" in response.context["form"].errors
    save(admin_client, "extras:eventrule_add", data | {"action_data": '{"loudness": 7}'})


@since("4.7")
def test_event_rules_with_our_actions_are_imported(admin_client, bessie, event_rules):
    rows = ["Listen,netbox_animal_sounds.answer,Bessie", "Hush,netbox_animal_sounds.silence,"]
    head = "name,action_type,action_object,object_types,event_types"
    data = "\n".join([head, *(f"{row},{PLUGIN}.animal,object_created" for row in rows)])
    save(admin_client, "extras:eventrule_bulk_import", {"data": data, "format": "csv", "csv_delimiter": "auto"})
    assert {rule.name: rule.action_object for rule in EventRule.objects.all()} == {"Listen": bessie, "Hush": None}


def test_a_job_runs(admin_client, bessie):
    job = ListenJob.enqueue(instance=bessie, immediate=True)
    job.refresh_from_db()
    assert (job.status, job.data) == (JobStatusChoices.STATUS_COMPLETED, {"heard": "Bessie"})
    assert [entry.name for entry in bessie.jobs.all()] == ["Listen to an animal"]
    table = admin_client.get(url("animal_jobs", bessie.pk)).context["table"]
    assert [row.record for row in table.rows] == [job]


def test_a_system_job(bessie):
    assert [job.__name__ for job in registry["system_jobs"]].count("CountAnimalsJob") == 1
    assert registry["system_jobs"][CountAnimalsJob] == {"interval": 60}
    job = CountAnimalsJob.enqueue(immediate=True)
    job.refresh_from_db()
    assert job.data == {"animals": 1}


def test_a_queue(admin_client):
    assert list(settings.RQ_QUEUES).count("netbox_animal_sounds.listening") == 1
    assert django_rq.get_queue("netbox_animal_sounds.listening").is_empty()
    table = admin_client.get(reverse("core:background_queue_list")).context["table"]
    assert [row.record["name"] for row in table.rows].count("netbox_animal_sounds.listening") == 1


def test_a_dashboard_widget(admin_client, admin_user, bessie):
    widget = "netbox_animal_sounds.LoudestAnimalWidget"
    page(admin_client, reverse("home"))
    address = reverse("extras:dashboardwidget_add")
    form = admin_client.get(address, headers={"HX-Request": "true"}).context["widget_form"]
    assert values(form.fields["widget_class"]).count(widget) == 1
    data = {"widget_class": widget, "title": "Who is it", "color": "", "config-greeting": "Good morning"}
    assert admin_client.post(address, data).status_code == 200
    admin_user.dashboard.refresh_from_db()
    assert page(admin_client, reverse("home")).count("Good morning, Bessie") == 1


def test_a_user_preference(admin_client):
    name = "plugins.netbox_animal_sounds.volume"
    html = page(admin_client, reverse("account:preferences"))
    assert html.count(f'name="{name}"') == 1
    form = admin_client.get(reverse("account:preferences")).context["form"]
    assert values(form.fields[name]) == ["soft", "loud"]


@since("4.7")
def test_jinja_filters_and_context(bessie):
    code = "{{ 'moo' | loudly }} {{ 'MOO' | softly }} {{ animal_sounds() | length }}"
    assert ConfigTemplate(name="Choir", template_code=code).render() == "MOO! moo… 1"


ORDERS = {
    "first": [OURS, "early_forms", PLUGIN, "late_models"],
    "in the middle": ["early_forms", OURS, PLUGIN, "late_models"],
    "last": ["early_forms", PLUGIN, "late_models", OURS],
}
WITHOUT_US = ["early_forms", PLUGIN, "late_models"]
OFFERED = {
    "custom fields": sorted(["animal", "echo", "sound", *MORE_NAMES]),
    "data backends": ["chorus"],
    "event types": ["animal_heard"],
    "menus": ["Animal kingdom"],
    "preferences": ["plugins.netbox_animal_sounds.volume"],
    "search": [f"{PLUGIN}.animal", f"{PLUGIN}.sound"],
}


@pytest.fixture(scope="module")
def inventory(probe):
    return partial(probe, "animal_inventory.py", plugins_config=CONFIGURATION)


@pytest.fixture(scope="module")
def without_us(inventory):
    return inventory(plugins=WITHOUT_US)


def test_the_inventory_is_complete(without_us, strategy, frozen_by_netbox):
    found = without_us["inventory"]
    # Nine views, a tab, and what its features bring.
    assert len(found[f"views {PLUGIN} animal"]) == 10 + len(strategy.feature_views)
    assert [view.split()[0] for view in found["views dcim site"]] == ["animals"]
    # The same, and those of sounds, of the REST API (with and without a suffix) and of a site's tab.
    ours = re.compile(f":({'|'.join(MORE_NAMES or ['-'])})([_-]|$)")
    further = [name for name in found["URL names"] if ours.search(name)]
    assert len(found["URL names"]) - len(further) == 10 + len(strategy.feature_views) + 8 + 10 + 1
    # Six views of its own, two of its features, and those of the REST API.
    assert len(further) == (6 + 2 + 4) * len(MORE_NAMES)
    expected = {
        "GraphQL queries": ["animal", "animal_list", "sound", "sound_list"],
        "RQ_QUEUES": [f"{PLUGIN}.listening"],
        "event_types animal_heard": ["animal_heard"],
        "plugins graphql_schemas": [f"{PLUGIN}.graphql.schema.AnimalSoundsQuery"],
        "plugins menus": ["Animal kingdom"],
        "plugins template_extensions NoneType": [f"{PLUGIN}.template_content.PageContent"],
        "plugins template_extensions dcim.site": [f"{PLUGIN}.template_content.AnimalContent"],
        f"plugins template_extensions {PLUGIN}.animal": [f"{PLUGIN}.template_content.AnimalContent"],
        f"search {PLUGIN}.animal": [f"{PLUGIN}.search.AnimalIndex"],
        f"search {PLUGIN}.sound": [f"{PLUGIN}.search.SoundIndex"],
        "signal receivers": [f"{PLUGIN}_refuse_dragons"],
        f"system_jobs {PLUGIN}.jobs.CountAnimalsJob interval": ["60"],
    }
    since = {
        "4.5": {
            f"filtersets {PLUGIN}.animal": [f"{PLUGIN}.filtersets.AnimalFilterSet"],
            f"filtersets {PLUGIN}.sound": [f"{PLUGIN}.filtersets.SoundFilterSet"],
        },
        "4.6": {f"model_actions {PLUGIN}.animal": ["feed"]},
        "4.7": {
            f"event_rule_actions {PLUGIN}.answer": ["Have an animal answer"],
            f"event_rule_actions {PLUGIN}.silence": ["Have all animals be silent"],
            "plugins jinja_filters loudly": [f"{PLUGIN}.jinja_env.loudly"],
            "plugins jinja_filters softly": [f"{PLUGIN}.jinja_env.softly"],
        },
    }
    for line, things in since.items():
        expected |= things if line <= LINE else dict.fromkeys(things)
    assert {path: found.get(path) for path in expected} == expected
    assert without_us["offered"] == OFFERED | ({"event types": []} if frozen_by_netbox else {})
    # NetBox registers no models of a companion app.
    assert without_us["companion"] == {}


@pytest.mark.parametrize(("order", "argument"), [("last", "--again"), ("first", "--web")])
def test_the_inventory_is_the_same_with_us_and_after_more_passes(inventory, without_us, order, argument):
    found = inventory(argument, plugins=ORDERS[order])
    assert found["inventory"] == without_us["inventory"]
    assert found["offered"] == OFFERED


def test_a_companion_app_has_its_features_with_us(inventory, strategy):
    found = inventory("--web", plugins=ORDERS["first"])["companion"]
    views = found.pop("views animal_sounds_companion microphone")
    assert [view.split()[0] for view in views] == ["changelog", "journal"]
    assert ("model_features tags animal_sounds_companion" in found) is strategy.feature_sets
    assert all(path.startswith("model_features ") for path in found)


@pytest.fixture(scope="module")
def late(inventory):
    return inventory("--late", plugins=WITHOUT_US)


@pytest.fixture(scope="module")
def late_with_us(inventory):
    return inventory("--late", "--web", plugins=ORDERS["in the middle"])


def test_the_inventory_is_the_same_when_forms_were_loaded_early(without_us, late, late_with_us):
    assert late["inventory"] == late_with_us["inventory"] == without_us["inventory"]
    assert late["companion"] == without_us["companion"]


def test_forms_that_are_loaded_early_lack_something(late, strategy):
    lacking = {name for name, offered in late["offered"].items() if not offered}
    frozen_querysets = {"custom fields"} if strategy.querysets_freeze else set()
    # From 4.5.2 on NetBox builds its menu when it is first needed.
    frozen_menu = {"menus"} if strategy.has_menu_list else set()
    assert lacking == {"event types", "preferences"} | frozen_querysets | frozen_menu


@pytest.mark.parametrize("name", OFFERED)
def test_what_is_offered_is_complete_again(late_with_us, name):
    assert late_with_us["offered"][name] == OFFERED[name]
