"""Makes nothing, and needs the first one."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("netbox_animal_sounds", "0001_initial")]
    operations = []
