"""A script for NetBox's Python: forget the models that the plugin shared_models describes, with their tables."""

from __future__ import annotations

from core.models import ObjectType
from django.db import connection
from shared_models.models import Description

with connection.cursor() as cursor:
    for name in Description.objects.values_list("name", flat=True):
        cursor.execute(f'DROP TABLE IF EXISTS "shared_models_{name}" CASCADE')
Description.objects.all().delete()
ObjectType.objects.filter(app_label="shared_models").exclude(model="description").delete()
