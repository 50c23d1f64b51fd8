"""Rows of object types that tests of one file after another find right, whatever a run before has left."""

from __future__ import annotations

import pytest
from core.models import ObjectType
from django.apps import apps

from netbox_plugin_reloader.repair import object_types, reload_pass


@pytest.fixture
def has_rows(strategy):
    """Skip the test where there are no such rows; it writes none, so that no other process waits for this one."""
    if not strategy.object_type_rows:
        pytest.skip(f"NetBox {strategy.line} has no such rows; test_no_query_without_rows covers it")


@pytest.fixture
def rows(has_rows, strategy, db, monkeypatch):
    """Have all rows right, and no process known that wrote them last."""
    # The processes of other tests, with other plugins, may have written last.
    monkeypatch.setattr(object_types, "last_writer", lambda table: (None, 0.0))
    monkeypatch.setattr(reload_pass, "_rows", None)
    # Probes with other plugins leave rows behind, and so does a run that was interrupted.
    ObjectType.objects.exclude(app_label__in=apps.app_configs).update(public=False, features=[])
    object_types.repair_object_types(strategy)
