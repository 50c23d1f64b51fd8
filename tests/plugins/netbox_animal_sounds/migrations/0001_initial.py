"""Makes nothing: the lab makes all tables from the models."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    initial = True
    operations = []
