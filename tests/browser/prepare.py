"""A script for NetBox's Python: a superuser, a webhook, and nothing left of earlier runs. Arguments: NAME PASSWORD."""

from __future__ import annotations

import sys

from django.contrib.auth import get_user_model
from extras.models import CustomField, EventRule, Tag, Webhook

PREFIX = "browser"

for model in (EventRule, CustomField, Tag, Webhook):
    model.objects.filter(name__istartswith=PREFIX).delete()
Webhook.objects.create(name=f"{PREFIX} webhook", payload_url="http://127.0.0.1:9/")
name, password = sys.argv[1:]
get_user_model().objects.filter(username=name).delete()
get_user_model().objects.create_superuser(name, "admin@example.com", password)
