"""A script for NetBox's Python: how many bytes Python has allocated when a web process is ready for its first request.

All of NetBox's pages are loaded, as the first request would, with our package among the plugins or without.
"""

from __future__ import annotations

import gc
import json
import tracemalloc

tracemalloc.start()

import django  # noqa: E402

django.setup()

from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.test import RequestFactory  # noqa: E402

handler = WSGIHandler()
# Whatever NetBox keeps from its first requests is there, in either case.
for _ in range(2):
    response = handler.get_response(RequestFactory().get("/login/"))
    assert response.status_code == 200, response
gc.collect()
print(json.dumps(tracemalloc.get_traced_memory()[0]))
