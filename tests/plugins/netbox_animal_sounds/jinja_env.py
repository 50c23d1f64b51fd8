"""A filter for config templates. NetBox loads this module from 4.7 on."""

from __future__ import annotations


def loudly(text):
    return f"{text.upper()}!"


filters = {"loudly": loudly}
