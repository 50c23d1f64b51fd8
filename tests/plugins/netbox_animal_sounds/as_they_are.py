"""Migrations that make the tables of models as they are now.

What NetBox's base classes bring differs between its lines, and nobody upgrades a database of this plugin.
"""

from __future__ import annotations

from django.db.migrations import CreateModel
from django.db.migrations.state import ModelState


def create(model):
    """Return the operation that makes the table of ``model``."""
    state = ModelState.from_model(model)
    return CreateModel(state.name, list(state.fields.items()), state.options, state.bases, state.managers)
