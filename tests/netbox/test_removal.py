"""Nothing of ours stays behind in NetBox's database when the package is removed."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

OURS = "netbox_plugin_reloader"


@pytest.mark.django_db
def test_the_database_holds_nothing_of_ours():
    assert list(apps.get_app_config(OURS).get_models()) == []
    call_command("migrate", verbosity=0, interactive=False)
    assert not ContentType.objects.filter(app_label=OURS).exists()
    assert not Permission.objects.filter(content_type__app_label=OURS).exists()
    assert not MigrationRecorder(connection).migration_qs.filter(app=OURS).exists()
    assert not [name for name in connection.introspection.table_names() if OURS in name]
