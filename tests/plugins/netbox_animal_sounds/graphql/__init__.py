"""GraphQL: NetBox looks for the schema here."""

from __future__ import annotations

from .schema import schema

__all__ = ("schema",)
