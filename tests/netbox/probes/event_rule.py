"""Print which event types of netbox-branching the page offers on which event rules are added, and what it saves.

The page is asked for and sent as a person's browser would.
"""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from extras.models import EventRule, Webhook
from netbox.registry import registry

PAGE = "/extras/event-rules/add/"
NAME = "Branches"


class Options(HTMLParser):
    """Collects the values of one select element, and the fields of the form with their values."""

    def __init__(self) -> None:
        super().__init__()
        self.select, self.found = "", {}

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "select":
            self.select = attributes.get("name", "")
        elif tag == "option":
            self.found.setdefault(self.select, []).append(attributes.get("value", ""))


user = get_user_model().objects.create_superuser("ruler")
webhook = Webhook.objects.create(name=NAME, payload_url="http://127.0.0.1:9/")
client = Client(headers={"host": "localhost"})
client.force_login(user)
page = client.get(PAGE)
options = Options()
options.feed(page.content.decode())
registered = sorted(name for name in registry["event_types"] if name.startswith("branch_"))
sent = client.post(
    PAGE,
    {
        "name": NAME,
        "object_types": [ContentType.objects.get(app_label="netbox_branching", model="branch").pk],
        "event_types": registered,
        "action_type": "webhook",
        "action_choice": webhook.pk,
    },
)
rule = EventRule.objects.filter(name=NAME).first()
print(
    json.dumps(
        {
            "page": page.status_code,
            "registered": registered,
            "offered": [value for value in options.found.get("event_types", ()) if value in registered],
            "others": [value for value in options.found.get("event_types", ()) if value not in registered],
            "sent": sent.status_code,
            "refused": re.findall(r"Select a valid choice\. (\w+) is not one", sent.content.decode()),
            "saved": sorted(rule.event_types) if rule else [],
        }
    )
)
if rule:
    rule.delete()
webhook.delete()
user.delete()
