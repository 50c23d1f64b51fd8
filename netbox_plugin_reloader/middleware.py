"""The middleware that prepares a web process, and then steps out of the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import MiddlewareNotUsed

from .startup.web_process import prepare_web_process


class PluginReloaderMiddleware:
    """Run the second pass when a server builds its middleware chain, which is before its first request.

    Django builds the chain once per handler, and leaves out a middleware that raises ``MiddlewareNotUsed``
    (django/core/handlers/base.py): no request ever passes through here.
    """

    def __init__(self, get_response: Callable[..., Any]) -> None:
        prepare_web_process()
        raise MiddlewareNotUsed
