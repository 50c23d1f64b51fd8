"""Print how every page and endpoint of every plugin that takes no argument answers a superuser.

With the argument ``objects`` also those of an object of each model, and the lists with these objects in them. And
which models of plugins NetBox's forms do not offer, and what is registered more than once.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from tempfile import TemporaryDirectory

from core.models import ObjectType
from dcim.models import Site
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.handlers.wsgi import WSGIHandler
from django.db import transaction
from django.test import Client
from django.test.utils import override_settings
from django.urls import get_resolver
from model_bakery import baker
from netbox.models import features
from netbox.registry import registry

from netbox_plugin_reloader.repair.reload_pass import latest_report
from tests.netbox.walked import (
    MODELS,
    NETBOX_MODELS,
    PAGES,
    answers,
    make,
    make_values_plain,
    named_paths,
    object_paths,
)

OFFERS = {
    "CustomFieldForm": "CustomFieldsMixin",
    "CustomLinkForm": "CustomLinksMixin",
    "EventRuleForm": "EventRulesMixin",
    "ExportTemplateForm": "ExportTemplatesMixin",
    "TagForm": "TagsMixin",
}


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


def shown(answered):
    """Return what each page answers, and the error that it shows, as JSON takes it."""
    return {
        name: [status, f"{type(error).__name__}: {error}"[:300] if error else ""]
        for name, (status, error) in answered.items()
    }


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
    found["starts"] = shown(answers(client, starts))
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
        found["pages"] = shown(answers(client, pages | lists))
    transaction.set_rollback(True)
# What a request registers counts as well.
found["twice"] = twice()
report = latest_report()
print(json.dumps(found | {"report": report and report.as_dict()}))
