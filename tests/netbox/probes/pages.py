"""Print how every page and endpoint of every plugin that takes no argument answers a superuser.

With the argument ``objects`` also those of an object of each model, and the lists with these objects in them. And
which models of plugins NetBox's forms do not offer, and what is registered more than once.
"""

from __future__ import annotations

import itertools
import json
import random
import sys
from collections import Counter
from tempfile import TemporaryDirectory

from core.models import ObjectType
from dcim.models import Device, Interface, Site
from django.apps import AppConfig, apps
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import got_request_exception
from django.db import transaction
from django.dispatch import receiver
from django.test import Client
from django.test.utils import override_settings
from django.urls import NoReverseMatch, get_resolver, reverse
from ipam.models import IPAddress, Prefix
from model_bakery import baker
from netbox.models import features
from netbox.plugins import PluginConfig
from netbox.registry import registry

from netbox_plugin_reloader.repair.reload_pass import latest_report

PLUGINS = [app_config for app_config in apps.get_app_configs() if isinstance(app_config, PluginConfig)]
MODELS = [model for app_config in PLUGINS for model in AppConfig.get_models(app_config) if model._meta.managed]
NETBOX_MODELS = (Site, Device, IPAddress, Interface, Prefix)
OFFERS = {
    "CustomFieldForm": "CustomFieldsMixin",
    "CustomLinkForm": "CustomLinksMixin",
    "EventRuleForm": "EventRulesMixin",
    "ExportTemplateForm": "ExportTemplatesMixin",
    "TagForm": "TagsMixin",
}
# What the plugin's pages take for granted, and its model does not require.
NEEDED = {
    "netbox_dns.record": {"type": "TXT"},
    "netbox_dns.view": {"default_view": True},
    "netbox_inventory.asset": {"_fill_optional": ["device_type"]},
    "netbox_lifecycle.supportcontractassignment": {"_fill_optional": ["contract", "device"]},
}
PAGES = ("plugins:", "plugins-api:", "home", "extras:customfield", "extras:tag", "extras:eventrule")
errors: list[str] = []


@receiver(got_request_exception)
def note_error(**kwargs):
    """Keep what NetBox would show on its page of error 500."""
    kind, error, _ = sys.exc_info()
    errors.append(f"{kind.__name__}: {error}")


def reverse_or_none(name, **arguments):
    """Return the path of a view, or ``None`` if it takes other arguments."""
    try:
        return reverse(name, kwargs=arguments)
    except NoReverseMatch:
        return None


def named_paths(resolver, names=()):
    """Yield the path of each named pattern below ``resolver`` that takes no argument."""
    for pattern in resolver.url_patterns:
        if hasattr(pattern, "url_patterns"):
            yield from named_paths(pattern, (*names, pattern.namespace) if pattern.namespace else names)
        elif pattern.name:
            name = ":".join((*names, pattern.name))
            path = reverse_or_none(name)
            if path:
                yield name, path


def object_paths(obj):
    """Yield the path of the object's own page, of each of its tabs, and of its API endpoint."""
    options = obj._meta
    name = f"{options.app_label}:{options.model_name}"
    if apps.get_app_config(options.app_label) in PLUGINS:
        name = f"plugins:{name}"
    views = [entry["name"] for entry in registry["views"].get(options.app_label, {}).get(options.model_name, ())]
    names = [f"{name}_{view}" if view else name for view in ["", *views]]
    names.append(f"{name.replace(':', '-api:', 1) if name.count(':') == 1 else api_name(options)}-detail")
    for view_name in dict.fromkeys(names):
        path = reverse_or_none(view_name, pk=obj.pk)
        if path:
            yield view_name, path


def api_name(options):
    return f"plugins-api:{options.app_label}-api:{options.model_name}"


def twice():
    """Return what is registered more than once with the same object behind it."""
    stores = {}
    for app_label, models in registry["views"].items():
        for model_name, entries in models.items():
            stores[f"views {app_label}.{model_name}"] = [f"{entry['name']} {entry['view']}" for entry in entries]
    for model_name, extensions in registry["plugins"]["template_extensions"].items():
        stores[f"template extensions {model_name}"] = [str(extension) for extension in extensions]
    stores["menus"] = [str(menu.label) for menu in registry["plugins"]["menus"]]
    for group, items in registry["plugins"]["menu_items"].items():
        stores[f"menu {group}"] = [f"{item.link} {item.link_text}" for item in items]
    stores["GraphQL"] = [str(schema) for schema in registry["plugins"]["graphql_schemas"]]
    for model_name, actions in (registry.get("model_actions") or {}).items():
        stores[f"actions {model_name}"] = [action.name for action in actions]
    stores["object types"] = list(map(str, ObjectType.objects.values_list("app_label", "model")))
    counted = {subject: Counter(entries) for subject, entries in stores.items()}
    return {
        subject: sorted(name for name, count in counts.items() if count > 1)
        for subject, counts in counted.items()
        if max(counts.values(), default=1) > 1
    }


def not_offered():
    """Return the models of plugins that NetBox's forms do not offer, by form, although they have its mixin."""
    from extras import forms

    missing = {}
    for form_name, mixin in OFFERS.items():
        offered = getattr(forms, form_name)().fields["object_types"].queryset
        labels = {f"{object_type.app_label}.{object_type.model}" for object_type in offered}
        expected = {model._meta.label_lower for model in MODELS if issubclass(model, getattr(features, mixin))}
        missing[form_name] = sorted(expected - labels)
    return missing


def make_values_plain():
    """Have model_bakery make the same values in each process, and such as NetBox's fields take."""
    counter = itertools.count()
    # A random level in a tree would be some million deep, and be rendered as such.
    for name in (
        "Integer",
        "PositiveInteger",
        "PositiveSmallInteger",
        "SmallInteger",
        "BigInteger",
        "PositiveBigInteger",
    ):
        baker.generators.add(f"django.db.models.{name}Field", lambda: 1)
    for name in ("CharField", "SlugField", "TextField"):
        baker.generators.add(f"django.db.models.{name}", lambda: f"name-{next(counter)}.example.com")
    baker.generators.add("ipam.fields.ASNField", lambda: 64512 + next(counter))
    baker.generators.add("ipam.fields.IPAddressField", lambda: f"192.0.2.{next(counter) % 250}/24")
    baker.generators.add("ipam.fields.IPNetworkField", lambda: "192.0.2.0/24")


def make(model):
    """Return a new object of ``model``, or the error that says why there is none."""
    random.seed(model._meta.label)
    label = model._meta.label_lower
    # Whatever an object refers to by type and number is a site.
    site = ObjectType.objects.get_for_model(Site)
    kinds = (ContentType, ObjectType)
    attributes = {field.name: site for field in model._meta.fields if field.related_model in kinds and not field.null}
    if label.startswith("netbox_documents."):
        attributes["_fill_optional"] = ["document"]
    try:
        with transaction.atomic():
            return baker.make(model, _create_files=True, **attributes, **NEEDED.get(label, {})), None
    except Exception as error:
        return None, f"{type(error).__name__}: {error}"


def answers(client, paths):
    """Return what each page answers, and the error that it shows."""
    found = {}
    for name, path in paths.items():
        del errors[:]
        savepoint = transaction.savepoint()
        response = client.get(path)
        found[name] = [response.status_code, errors[-1][:300] if errors else ""]
        transaction.savepoint_rollback(savepoint)
    return found


WSGIHandler()
# Without us nothing loads it before the first request.
get_resolver().reverse_dict  # noqa: B018
found = {"not_offered": not_offered(), "unmade": {}}
with TemporaryDirectory() as folder, override_settings(MEDIA_ROOT=folder), transaction.atomic():
    client = Client(raise_request_exception=False)
    client.force_login(get_user_model().objects.create_superuser("reloader", "reloader@example.com", "reloader"))
    make_values_plain()
    if apps.is_installed("netbox_dns"):
        # A migration of the plugin makes it.
        make(apps.get_model("netbox_dns", "view"))
    starts = {name: path for name, path in named_paths(get_resolver()) if name.startswith(PAGES)}
    found["starts"] = answers(client, starts)
    if "objects" in sys.argv:
        pages = {}
        site = baker.make(Site)
        # The type of whatever an object refers to is that of sites as well.
        baker.generators.add("django.db.models.PositiveBigIntegerField", lambda: site.pk)
        for model in [*NETBOX_MODELS, *MODELS]:
            obj, error = make(model)
            if obj is None:
                found["unmade"][model._meta.label_lower] = error
            else:
                pages.update(object_paths(obj))
        lists = {name: path for name, path in starts.items() if name.endswith(("_list", "-list"))}
        found["pages"] = answers(client, pages | lists)
    transaction.set_rollback(True)
# What a request registers counts as well.
found["twice"] = twice()
report = latest_report()
print(json.dumps(found | {"report": report and report.as_dict()}))
