"""What the tests of repairs share: a process that is as it was after each test, and rows that are right."""

from __future__ import annotations

import sys

import pytest
from core.models import ObjectType
from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.urls import get_resolver
from netbox.registry import registry

from netbox_plugin_reloader.repair import object_types, reload_pass
from tests.netbox.repair.breakage import keep


@pytest.fixture(scope="session")
def pages(django_db_setup, django_db_blocker):
    """Load all of NetBox's pages: what registers itself while it is imported is not to be taken back."""
    # NetBox's core.views asks the database when it is imported, up to 4.3.7.
    with django_db_blocker.unblock():
        get_resolver().url_patterns  # noqa: B018


@pytest.fixture(autouse=True)
def kept(pages):
    """Put back what the test changes of NetBox's registry, of Django's registry of apps, and of our reports."""
    restores = keep(registry), keep(apps.all_models), keep(reload_pass._forgetful)
    models = {label: dict(found) for label, found in apps.all_models.items()}
    with pytest.MonkeyPatch.context() as monkeypatch:
        for name in ("_latest", "_complete"):
            monkeypatch.setattr(reload_pass, name, getattr(reload_pass, name))
        # Other tests may have found rows that an earlier run left behind.
        monkeypatch.setattr(reload_pass, "_rows", None)
        yield
    made = apps.all_models != models
    for restore in restores:
        restore()
    # Otherwise Django would ask again for the models of apps that a test may have made unable to tell.
    if made:
        apps.clear_cache()
    ContentType.objects.clear_cache()


@pytest.fixture
def has_rows(strategy):
    """Skip the test where there are no such rows; it writes none, so that no other process waits for this one."""
    if not strategy.object_type_rows:
        pytest.skip(f"NetBox {strategy.line} has no such rows; test_no_query_without_rows covers it")


@pytest.fixture
def no_writer(monkeypatch):
    """Have no process known that wrote the rows last: it may be one of another test, with other plugins."""
    monkeypatch.setattr(object_types, "last_writer", lambda table: (None, 0.0))


@pytest.fixture
def rows(has_rows, no_writer, strategy, db):
    """Have all rows right, and no process known that wrote them last."""
    # Probes with other plugins leave rows behind, and so does a run that was interrupted.
    ObjectType.objects.exclude(app_label__in=apps.app_configs).update(public=False, features=[])
    object_types.repair_object_types(strategy)


@pytest.fixture
def remembering():
    """Be in a request, which remembers the object types that it has read."""
    query_cache = getattr(sys.modules.get("netbox.context"), "query_cache", None)
    if query_cache is None:
        pytest.skip(f"NetBox {settings.RELEASE.version} has no such cache")
    token = query_cache.set({"object_types": {}})
    yield
    query_cache.reset(token)


@pytest.fixture
def configure(settings):
    """Return a function that makes its arguments our entry of PLUGINS_CONFIG."""

    def configure(**entry):
        settings.PLUGINS_CONFIG = {**settings.PLUGINS_CONFIG, "netbox_plugin_reloader": entry}

    return configure
