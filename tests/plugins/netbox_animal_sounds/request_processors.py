"""A request processor: a context manager around every request, which counts its requests."""

from __future__ import annotations

from contextlib import contextmanager

from netbox.utils import register_request_processor

processed = []


@register_request_processor
@contextmanager
def listen(request):
    processed.append(request.path)
    yield
