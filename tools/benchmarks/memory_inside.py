"""A script for NetBox's Python: how many bytes Python has allocated when a web process has shown a page to a user.

All of NetBox's pages are loaded then, and linked by the menu, with our package among the plugins or without.
"""

from __future__ import annotations

import gc
import json
import tracemalloc

tracemalloc.start()

import django  # noqa: E402

django.setup()

from django.db import transaction  # noqa: E402
from django.test import Client  # noqa: E402
from users.models import User  # type: ignore[import-not-found]  # noqa: E402

with transaction.atomic():
    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.create_superuser("benchmark"))
    # Whatever NetBox keeps from its first requests is there, in either case.
    for _ in range(2):
        response = client.get("/")
        assert response.status_code == 200, response
    transaction.set_rollback(True)
del client, response
gc.collect()
print(json.dumps(tracemalloc.get_traced_memory()[0]))
