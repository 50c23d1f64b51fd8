"""An event type."""

from __future__ import annotations

from netbox.events import EVENT_TYPE_KIND_WARNING, EventType

ANIMAL_HEARD = "animal_heard"

EventType(name=ANIMAL_HEARD, text="Animal heard", kind=EVENT_TYPE_KIND_WARNING).register()
