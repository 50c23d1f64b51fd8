"""A handler in the events pipeline, which remembers what passed through it."""

from __future__ import annotations

remembered = []


def remember_events(events):
    remembered.extend((str(event["object_type"].model), event["event_type"]) for event in events)
