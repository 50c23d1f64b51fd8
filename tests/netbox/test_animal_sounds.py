"""Every capability that NetBox documents for plugins is there, and there once, with us beside it.

The inventory compares all that NetBox has registered with what it has without us. What we touch, or could show twice,
is used here as well.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import partial
from importlib import import_module
from unittest import mock
from urllib.parse import urlencode

import django_rq
import pytest
from core.models import ObjectType
from dcim.models import Site
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.urls import reverse
from extras.models import (
    Bookmark,
    CustomField,
    EventRule,
    JournalEntry,
    Subscription,
    Tag,
    Webhook,
)
from extras.webhooks import send_webhook
from netbox.plugins import PluginTemplateExtension
from netbox.registry import registry
from netbox_animal_sounds import registrations
from netbox_animal_sounds.models import MORE_MODELS, Animal, Sound
from packaging.version import Version
from tenancy.models import Contact, ContactAssignment, ContactRole

from netbox_plugin_reloader import reload_plugins
from tests.netbox.forms import save, save_custom_field, save_event_rule, save_journal_entry, save_tag

pytestmark = pytest.mark.django_db

OURS = "netbox_plugin_reloader"
PLUGIN = "netbox_animal_sounds"
CONFIGURATION = {PLUGIN: {"loudness": 11}}
MORE_NAMES = [model._meta.model_name for model in MORE_MODELS]


@pytest.fixture
def user():
    return get_user_model().objects.create_superuser("farmer", "farmer@example.com", "farmer")


@pytest.fixture
def browser(client, user):
    client.force_login(user)
    return client


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


def url(name, *arguments):
    return reverse(f"plugins:{PLUGIN}:{name}", args=arguments)


def page(browser, address, **headers):
    response = browser.get(address, headers=headers)
    assert response.status_code == 200, (address, response)
    return response.content.decode()


def values(field):
    """Return the values of a choice field as a browser would send them, those of option groups too."""
    for value, label in field.choices:
        if isinstance(label, (list, tuple)):
            yield from (str(inner) for inner, *_ in label)
        else:
            yield str(value)


def content_type_id(model):
    return ObjectType.objects.get_for_model(model).pk


def names_in(table):
    return [str(row.record) for row in table.rows]


def add_animal(browser, name="Bessie", **fields):
    data = {"name": name, "species": "cow", "loudness": 7, **fields}
    save(browser, url("animal_add"), data)
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


def test_a_request_passes_the_plugin_once(browser):
    registrations.processed.clear()
    assert browser.get(url("animal_list"))["X-Animal-Sounds"] == "1"
    assert registrations.processed == [url("animal_list")]


def test_the_companion_app():
    assert settings.INSTALLED_APPS.count("animal_sounds_companion") == 1
    microphone = apps.get_model("animal_sounds_companion", "Microphone").objects.create(name="Large")
    microphone.tags.add(Tag.objects.create(name="Loud", slug="loud"))
    assert [tag.name for tag in microphone.tags.all()] == ["Loud"]
    assert apps.get_model("animal_sounds_companion", "Frequency").objects.create(hertz=440).pk


def test_every_page(browser, moo):
    for name in ("animal_list", "animal_add", "animal_bulk_import", "sound_list", "sound_add"):
        page(browser, url(name))
    for action in ("", "_edit", "_delete", "_changelog", "_journal"):
        page(browser, url(f"animal{action}", moo.animal.pk))
        page(browser, url(f"sound{action}", moo.pk))
    assert names_in(browser.get(url("animal_sounds", moo.animal.pk)).context["table"]) == ["Moo"]


def test_every_tab_is_there_once(browser, moo, strategy):
    address = url("animal", moo.animal.pk)
    found = tabs(page(browser, address))
    # A view to synchronize has no tab.
    expected = {"sounds", *strategy.feature_views} - {"sync"}
    assert Counter(found) == {f"{address}{name}/": 1 for name in expected}


def test_the_tab_on_a_page_of_netbox(browser, bessie, farm):
    address = reverse("dcim:site_animals", args=[farm.pk])
    assert address.endswith("/animals-heard/")
    assert tabs(page(browser, farm.get_absolute_url())).count(address) == 1
    response = browser.get(address)
    assert names_in(response.context["table"]) == ["Bessie"]


@pytest.mark.skipif(not MORE_MODELS, reason="from 4.5 on")
class TestFurtherModels:
    """A primary, an organizational and a nested model, each with its pages, its owner and its features."""

    FIELDS = {"barn": {"name": "Red"}, "breed": {"name": "Red", "slug": "red"}, "herd": {"name": "Red", "slug": "red"}}

    @pytest.fixture(params=["barn", "breed", "herd"])
    def name(self, request):
        return request.param

    def test_it_is_added_shown_and_deleted(self, browser, name, strategy):
        owner = apps.get_model("users", "Owner").objects.create(name="Old MacDonald")
        save(browser, url(f"{name}_add"), {**self.FIELDS[name], "owner": owner.pk})
        added = apps.get_model(PLUGIN, name).objects.get()
        address = url(name, added.pk)
        html = page(browser, address)
        assert html.count("Red, kept by Old MacDonald") == 1
        expected = {"changelog", "journal"} & strategy.feature_views.keys()
        assert Counter(tabs(html)) == {f"{address}{view}/": 1 for view in expected}
        assert names_in(browser.get(url(f"{name}_list")).context["table"]) == ["Red"]
        save(browser, url(f"{name}_delete", added.pk), {"confirm": True})
        assert not type(added).objects.exists()

    @pytest.mark.parametrize("form", ["customfield", "customlink", "eventrule", "exporttemplate", "tag"])
    def test_it_is_offered_once(self, browser, name, form):
        field = browser.get(reverse(f"extras:{form}_add")).context["form"].fields["object_types"]
        assert list(values(field)).count(str(content_type_id(apps.get_model(PLUGIN, name)))) == 1


def test_the_menu_is_there_once(browser):
    html = page(browser, reverse("home"))
    assert len(re.findall(r'"nav-link-title">\s*Animal kingdom\s*<', html)) == 1
    texts = ["Creatures", "Noises", "All the animals", "All the sounds"]
    titles = ['title="Add an animal"', 'title="Import animals"']
    assert {text: html.count(text) for text in texts + titles} == dict.fromkeys(texts + titles, 1)


def test_template_content_is_rendered_once(browser, bessie, farm):
    places = ["left of {}, Moo", "right", "full width", "buttons", "alerts"]
    # From 4.3 on.
    head = 1 if hasattr(PluginTemplateExtension, "head") else 0
    for thing in (farm, bessie):
        html = page(browser, thing.get_absolute_url())
        texts = [f"animal content: {place.format(thing)}" for place in places]
        assert {text: html.count(text) for text in texts} == dict.fromkeys(texts, 1)
        # NetBox has two navigation bars, for narrow screens and for wide ones.
        assert html.count("animal content: navigation bar") == 2
        assert html.count("animal content:") == len(places) + 2
        assert html.count('<meta name="animal-content" content="head">') == head


@pytest.mark.parametrize("name", ["dcim:site_list", f"plugins:{PLUGIN}:animal_list"])
def test_list_buttons_are_rendered_once(browser, name):
    assert page(browser, reverse(name)).count("animal content: list buttons") == 1


@pytest.mark.parametrize(
    "model, form, name, offered",
    [
        (model, f"extras:{form}_add", name, offered)
        for form, name in [
            ("customfield", "object_types"),
            ("customfield", "related_object_type"),
            ("customlink", "object_types"),
            ("eventrule", "object_types"),
            ("exporttemplate", "object_types"),
            ("tag", "object_types"),
        ]
        for model, offered in [("Animal", 1), ("Sound", 1), ("Echo", 0 if name.startswith("related") else 1)]
    ],
)
def test_a_model_is_offered_once(browser, model, form, name, offered):
    """A private model has its features, which NetBox's forms do offer, but is not public."""
    # A custom field has a related object type if it is of the type "object".
    field = browser.get(f"{reverse(form)}?type=object").context["form"].fields[name]
    model_id = content_type_id(apps.get_model(PLUGIN, model))
    assert list(values(field)).count(str(model_id)) == offered


def test_public_models():
    public = [kind.model for kind in ObjectType.objects.public() if kind.app_label == PLUGIN]
    assert sorted(public) == sorted(["animal", "sound", *MORE_NAMES])


def test_a_custom_field(browser):
    save_custom_field(browser, content_type_id(Animal), "legs", "integer")
    assert [field.name for field in CustomField.objects.get_for_model(Animal)] == ["legs"]
    bessie = add_animal(browser, cf_legs=4)
    assert bessie.cf == {"legs": 4}


def test_a_tag(browser):
    save_tag(browser, content_type_id(Animal), "Loud")
    bessie = add_animal(browser, tags=[Tag.objects.get().pk])
    assert [tag.slug for tag in bessie.tags.all()] == ["loud"]
    assert names_in(browser.get(f"{url('animal_list')}?tag=loud").context["table"]) == ["Bessie"]


def test_a_journal_entry(browser, bessie):
    save_journal_entry(browser, content_type_id(Animal), bessie, "Gave no milk today")
    assert JournalEntry.objects.get().assigned_object == bessie
    assert page(browser, url("animal_journal", bessie.pk)).count("Gave no milk today") == 1


@pytest.mark.parametrize("model", [Bookmark, Subscription])
def test_a_bookmark_and_a_subscription(browser, user, bessie, model):
    data = {"object_type": content_type_id(Animal), "object_id": bessie.pk}
    save(browser, reverse(f"extras:{model._meta.model_name}_add"), data)
    assert [(entry.user, entry.object) for entry in model.objects.all()] == [(user, bessie)]


def test_a_contact(browser, bessie):
    contact = Contact.objects.create(name="Vet")
    role = ContactRole.objects.create(name="Doctor", slug="doctor")
    target = {"object_type": content_type_id(Animal), "object_id": bessie.pk}
    # NetBox 4.2 reads the object from the address.
    address = f"{reverse('tenancy:contactassignment_add')}?{urlencode(target)}"
    save(browser, address, {"contact": contact.pk, "role": role.pk, "priority": "primary", **target})
    assert ContactAssignment.objects.get().object == bessie
    assert [assignment.contact.name for assignment in bessie.contacts.all()] == ["Vet"]


def test_changes_are_logged(browser):
    bessie = add_animal(browser)
    html = page(browser, url("animal_changelog", bessie.pk))
    assert len(re.findall(r"/core/changelog/\d+/", html)) >= 1
    (change,) = apps.get_model("core", "ObjectChange").objects.filter(changed_object_id=bessie.pk)
    assert (change.action, change.changed_object) == ("create", bessie)


def test_global_search_finds_an_object_once(browser, bessie, moo):
    # NetBox 4.7 indexes when a transaction is committed, which a test's never is.
    call_command("reindex", PLUGIN, verbosity=0)
    rows = browser.get(f"{reverse('search')}?q=clover").context["table"].rows
    assert [row.record.object for row in rows] == [bessie]
    rows = browser.get(f"{reverse('search')}?q=deep&obj_types={PLUGIN}.sound").context["table"].rows
    assert [row.record.object for row in rows] == [moo]


def test_global_search_offers_a_model_once(browser):
    offered = list(values(browser.get(reverse("search")).context["form"].fields["obj_types"]))
    assert [offered.count(f"{PLUGIN}.{name}") for name in ("animal", "sound", "echo")] == [1, 1, 0]


def test_the_rest_api(browser, bessie, farm):
    address = reverse(f"plugins-api:{PLUGIN}-api:animal-list")
    assert address == "/api/plugins/animal-sounds/animals/"
    data = {"name": "Rex", "species": "dog", "loudness": 9, "site": farm.pk}
    response = browser.post(address, data, content_type="application/json")
    assert response.status_code == 201, response.content
    answer = browser.get(address).json()
    assert (answer["count"], [animal["name"] for animal in answer["results"]]) == (2, ["Bessie", "Rex"])
    detail = browser.get(f"{address}{bessie.pk}/").json()
    assert (detail["name"], detail["site"]["name"], detail["custom_fields"]) == ("Bessie", "Farm", {})
    assert [animal["name"] for animal in browser.get(f"{address}?species=dog").json()["results"]] == ["Rex"]
    root = browser.get("/api/plugins/").json()
    assert list(root).count("animal-sounds") + list(root).count(PLUGIN) <= 1


def test_the_rest_api_is_described_once(browser):
    paths = browser.get("/api/schema/", headers={"accept": "application/json"}).json()["paths"]
    assert sorted(path for path in paths if "animal-sounds" in path) == [
        f"/api/plugins/animal-sounds/{name}s/{rest}"
        for name in sorted(["animal", "sound", *MORE_NAMES])
        for rest in ("", "{id}/")
    ]


def graphql(browser, query):
    answer = browser.post(reverse("graphql"), {"query": query}, content_type="application/json").json()
    assert "errors" not in answer, answer
    return answer["data"]


def test_graphql(browser, moo, rex, farm):
    query = "animal_list { name species site { name } sounds { name animal { name } } }"
    assert graphql(browser, f"{{ {query} }}") == {
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
    assert graphql(browser, f"{{ sound(id: {moo.pk}) {{ name }} }}") == {"sound": {"name": "Moo"}}


@pytest.fixture
def queue():
    """Return the queue that NetBox puts webhooks in, and remove the jobs that a test adds to it."""
    queue = django_rq.get_queue("default")
    before = set(queue.job_ids)
    yield queue
    for job_id in set(queue.job_ids) - before:
        queue.fetch_job(job_id).delete()


def add_event_rule(browser, *values):
    save_event_rule(browser, content_type_id(Animal), *values)
    return EventRule.objects.get()


def test_an_event_rule_and_a_webhook_callback(browser, queue, django_capture_on_commit_callbacks):
    webhook = Webhook.objects.create(name="Hook", payload_url="http://localhost:9/")
    rule = add_event_rule(browser, "object_created", "webhook", webhook.pk)
    assert [kind.model for kind in rule.object_types.all()] == ["animal"]
    before = set(queue.job_ids)
    with django_capture_on_commit_callbacks(execute=True):
        add_animal(browser)
    (job_id,) = set(queue.job_ids) - before
    job = queue.fetch_job(job_id)
    assert job.func_name == "extras.webhooks.send_webhook"
    with mock.patch("requests.Session.send", return_value=mock.Mock(status_code=200)) as send:
        send_webhook(**job.kwargs)
    payload = json.loads(send.call_args.args[0].body)
    assert (payload["data"]["name"], payload["data"]["loudness"]) == ("Bessie", 7)
    # From 4.4 on.
    expected = {PLUGIN: {"event_type": "object_created"}} if "webhook_callbacks" in registry else None
    assert payload.get("context") == expected


def test_an_event_type_is_offered_once(browser):
    form = browser.get(reverse("extras:eventrule_add")).context["form"]
    assert list(values(form.fields["event_types"])).count("animal_heard") == 1
    webhook = Webhook.objects.create(name="Hook", payload_url="http://localhost:9/")
    assert add_event_rule(browser, "animal_heard", "webhook", webhook.pk).event_types == ["animal_heard"]


def test_an_event_rule_action(browser, bessie):
    if "event_rule_actions" not in registry:
        pytest.skip("from 4.7 on")
    event_rules = import_module(f"{PLUGIN}.event_rules")
    event_rules.performed.clear()
    form = browser.get(reverse("extras:eventrule_add")).context["form"]
    assert list(values(form.fields["action_type"])).count("netbox_animal_sounds.answer") == 1
    add_event_rule(browser, "object_created", "netbox_animal_sounds.answer", bessie.pk)
    add_animal(browser, "Rex")
    assert event_rules.performed == [("Listen", "Bessie")]


def test_a_user_preference(browser, user):
    name = "plugins.netbox_animal_sounds.volume"
    html = page(browser, reverse("account:preferences"))
    assert html.count(f'name="{name}"') == 1
    form = browser.get(reverse("account:preferences")).context["form"]
    assert list(values(form.fields[name])) == ["soft", "loud"]


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
    assert found["menus"] == ["Animal kingdom"]
    assert found["template extensions"] == {
        "None": ["PageContent"],
        "dcim.site": ["AnimalContent"],
        f"{PLUGIN}.animal": ["AnimalContent"],
    }
    assert found["search indexes"] == [f"{PLUGIN}.animal", f"{PLUGIN}.sound"]
    assert found["GraphQL schemas"] == ["AnimalSoundsQuery"]
    assert found["GraphQL queries"] == ["animal", "animal_list", "sound", "sound_list"]
    # Nine views, a tab, and what its features bring.
    assert len(found["views"][f"{PLUGIN}.animal"]) == 10 + len(strategy.feature_views)
    assert found["views"]["dcim.site"] == ["animals detail animals-heard"]
    # The same, and those of sounds, of the REST API (with and without a suffix) and of a site's tab.
    ours = re.compile(f":({'|'.join(MORE_NAMES or ['-'])})([_-]|$)")
    further = [name for name in found["URL names"] if ours.search(name)]
    assert len(found["URL names"]) - len(further) == 10 + len(strategy.feature_views) + 8 + 10 + 1
    # Five views of its own, two of its features, and those of the REST API.
    assert len(further) == (5 + 2 + 4) * len(MORE_NAMES)
    assert found["commands"] == ["animal_choir"]
    assert found["event types"] == ["animal_heard"]
    assert found["events pipeline"] == ["netbox_animal_sounds.events.remember_events"]
    assert found["permissions"] == ["feed"]
    assert found["queues"] == ["netbox_animal_sounds.listening"]
    assert found["settings"] == {"loudness": 11, "greeting": "Moo"}
    assert found["signal receivers"] == ["netbox_animal_sounds_refuse_dragons"]
    assert found["system jobs"] == ["CountAnimalsJob"]
    assert found["table columns"] == {"SiteTable": ["animals"]}
    assert found["widgets"] == ["netbox_animal_sounds.LoudestAnimalWidget"]
    # Of later releases, by the first that has it.
    later = {
        "filter sets": ("4.5", [f"{PLUGIN}.animal", f"{PLUGIN}.sound"]),
        "model actions": ("4.6", {f"{PLUGIN}.animal": ["feed"]}),
        "object types with the feature": ("4.4", [f"{PLUGIN}.animal"]),
        "serializers": ("4.6", ["AnimalSerializer", "ResolvedEchoSerializer"]),
        "event rule actions": ("4.7", ["AnswerAction", "SilenceAction"]),
        "GraphQL filter extensions": ("4.7", ["SiteFilterExtension"]),
        "GraphQL type extensions": ("4.7", ["SiteTypeExtension"]),
        "Jinja filters": ("4.7", ["loudly", "softly"]),
    }
    before = {"model actions": {}, "serializers": ["AnimalSerializer", "EchoSerializer"]}
    for name, (first, expected) in later.items():
        assert found[name] == (expected if Version(strategy.line) >= Version(first) else before.get(name, [])), name
    assert without_us["offered"] == OFFERED | ({"event types": []} if frozen_by_netbox else {})
    # NetBox registers no models of a companion app.
    assert without_us["companion"] == {"views": {}, "public models": [], "features": []}


def test_the_inventory_is_the_same_with_us_and_after_more_passes(inventory, without_us):
    found = inventory("--again", plugins=ORDERS["last"])
    assert found["inventory"] == without_us["inventory"]
    assert found["offered"] == OFFERED


@pytest.mark.parametrize("order", ["first", "in the middle"])
def test_the_inventory_is_the_same_wherever_we_are_listed(inventory, without_us, order):
    found = inventory("--web", plugins=ORDERS[order])
    assert found["inventory"] == without_us["inventory"]
    assert found["offered"] == OFFERED


def test_a_companion_app_has_its_features_with_us(inventory, strategy):
    found = inventory("--web", plugins=ORDERS["first"])["companion"]
    assert list(found["views"]) == ["animal_sounds_companion.microphone"]
    assert [name.split()[0] for name in found["views"]["animal_sounds_companion.microphone"]] == [
        "changelog",
        "journal",
    ]
    assert found["public models"] == []
    assert ("tags" in found["features"]) is strategy.feature_sets


@pytest.fixture(scope="module")
def late(inventory):
    return inventory("--late", plugins=WITHOUT_US)


@pytest.fixture(scope="module")
def late_with_us(inventory):
    return inventory("--late", plugins=ORDERS["last"])


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
