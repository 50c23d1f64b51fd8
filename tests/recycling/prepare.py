"""A script for NetBox's Python: a superuser, of whom it prints what a request needs to come from them, as JSON."""

from __future__ import annotations

import json

from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from users.models import Token

NAME = "recycling"

# Another run may use the same database at this moment, so what is there stays.
user, _ = get_user_model().objects.get_or_create(username=NAME, defaults={"is_superuser": True})
browser = Client()
browser.force_login(user)
token = Token(user=user)
token.save()
# A token of version 2 (NetBox 4.5 and later) is shown only when it is made.
header = token.get_auth_header_prefix() + token.token if hasattr(token, "token") else f"Token {token.key}"
session = browser.cookies[settings.SESSION_COOKIE_NAME].value
print(json.dumps({"cookie": f"{settings.SESSION_COOKIE_NAME}={session}", "authorization": header}))
