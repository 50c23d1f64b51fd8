"""Filters for config templates, one of them registered directly. NetBox itself loads this module from 4.7 on."""

from __future__ import annotations

from netbox.plugins import registration


def loudly(text):
    return f"{text.upper()}!"


def softly(text):
    return f"{text.lower()}…"


filters = {"loudly": loudly}

# From 4.7 on.
if hasattr(registration, "register_jinja_filters"):
    registration.register_jinja_filters({"softly": softly})
