"""Where a request comes from, for the log."""

from __future__ import annotations

from django.http import HttpRequest
from utilities.request import get_client_ip


def client_address(request: HttpRequest) -> str:
    """Return the address of the client as NetBox finds it (utilities/request.py, all releases), or an empty text."""
    try:
        return str(get_client_ip(request) or "")
    except ValueError:
        return ""
