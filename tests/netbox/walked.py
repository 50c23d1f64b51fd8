"""Make objects in a NetBox that has started, and ask for the pages and endpoints of its plugins.

For the probes of the contract suite and for tools/plugin_matrix. Django is set up before this is imported.
"""

from __future__ import annotations

import itertools
import random
import sys

from core.models import ObjectType
from dcim.models import Device, Interface, Site
from django.apps import AppConfig, apps
from django.contrib.contenttypes.models import ContentType
from django.core.signals import got_request_exception
from django.db import transaction
from django.dispatch import receiver
from django.urls import NoReverseMatch, reverse
from ipam.models import IPAddress, Prefix
from model_bakery import baker
from netbox.plugins import PluginConfig
from netbox.registry import registry
from utilities.views import get_viewname

PLUGINS = [app_config for app_config in apps.get_app_configs() if isinstance(app_config, PluginConfig)]
MODELS = [model for app_config in PLUGINS for model in AppConfig.get_models(app_config) if model._meta.managed]
NETBOX_MODELS = (Site, Device, IPAddress, Interface, Prefix)
# What the plugin's pages take for granted, and its model does not require.
NEEDED = {
    "netbox_dns.record": {"type": "TXT"},
    "netbox_dns.view": {"default_view": True},
    "netbox_inventory.asset": {"_fill_optional": ["device_type"]},
    "netbox_lifecycle.supportcontractassignment": {"_fill_optional": ["contract", "device"]},
}
PAGES = ("plugins:", "plugins-api:", "home", "extras:customfield", "extras:tag", "extras:eventrule")
errors: list[BaseException] = []


@receiver(got_request_exception)
def note_error(**kwargs):
    """Keep what NetBox would show on its page of error 500."""
    errors.append(sys.exc_info()[1])


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


def object_paths(obj, shown=False):
    """Yield the path of the object's own page, of each of its tabs, and of its API endpoint.

    With ``shown`` only of those tabs that this object shows.
    """
    options = obj._meta
    entries = registry["views"].get(options.app_label, {}).get(options.model_name, ())
    views = [entry["name"] for entry in entries if not (shown and is_hidden(entry["view"], obj))]
    names = [*(get_viewname(obj, view) for view in ["", *views]), get_viewname(obj, "detail", rest_api=True)]
    for view_name in dict.fromkeys(names):
        path = reverse_or_none(view_name, pk=obj.pk)
        if path:
            yield view_name, path


def is_hidden(view, obj):
    """Return whether the view is a tab that NetBox does not show for the object (ViewTab, utilities/views.py)."""
    visible = getattr(getattr(view, "tab", None), "visible", None)
    return callable(visible) and not visible(obj)


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
    for name in ("CharField", "TextField"):
        baker.generators.add(f"django.db.models.{name}", lambda: f"name-{next(counter)}.example.com")
    baker.generators.add("django.db.models.SlugField", lambda: f"name-{next(counter)}")
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
    """Return the status that each page answers with, and the exception that led to it or ``None``."""
    found = {}
    for name, path in paths.items():
        del errors[:]
        savepoint = transaction.savepoint()
        response = client.get(path)
        found[name] = (response.status_code, errors[-1] if errors else None)
        transaction.savepoint_rollback(savepoint)
    return found
