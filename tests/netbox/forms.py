"""Filling in NetBox's own forms for a plugin's model, as a person would."""

from __future__ import annotations

from django.urls import reverse


def save(client, address, data):
    """Post a form to a path, or to the page of a name, which must accept it."""
    response = client.post(address if address.startswith("/") else reverse(address), data)
    errors = response.context["form"].errors if response.status_code == 200 and response.context else response
    assert response.status_code == 302, errors


def save_custom_field(client, object_type, name, kind="text"):
    weights = {"search_weight": 1000, "weight": 100}
    shown = {"filter_logic": "loose", "ui_visible": "always", "ui_editable": "yes"}
    data = {"object_types": [object_type], "type": kind, "name": name, **weights, **shown}
    save(client, "extras:customfield_add", data)


def save_tag(client, object_type, name):
    data = {"name": name, "slug": name.lower(), "color": "ff0000", "weight": 100, "object_types": [object_type]}
    save(client, "extras:tag_add", data)


def save_journal_entry(client, object_type, thing, comments):
    target = {"assigned_object_type": object_type, "assigned_object_id": thing.pk}
    save(client, "extras:journalentry_add", {**target, "kind": "info", "comments": comments})


def event_rule(object_type, event_type, action_type, action_choice):
    """Return what a browser would send to add it."""
    when = {"name": "Listen", "object_types": [object_type], "enabled": True, "event_types": [event_type]}
    return {**when, "action_type": action_type, "action_choice": action_choice}


def save_event_rule(client, *rule):
    save(client, "extras:eventrule_add", event_rule(*rule))
