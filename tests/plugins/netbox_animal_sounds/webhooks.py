"""A webhook callback, which adds to the payload of every webhook."""

from __future__ import annotations

try:
    # From 4.4 on.
    from extras.webhooks import register_webhook_callback
except ImportError:

    def register_webhook_callback(function):
        return function


@register_webhook_callback
def add_animal_sounds(object_type, event_type, data, request):
    return {"netbox_animal_sounds": {"event_type": event_type}}
