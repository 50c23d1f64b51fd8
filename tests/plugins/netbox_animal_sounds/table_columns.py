"""A column in one of NetBox's own tables."""

from __future__ import annotations

import django_tables2
from dcim.tables import SiteTable
from utilities.tables import register_table_column

animals = django_tables2.ManyToManyColumn(verbose_name="Animals", accessor="animals")
register_table_column(animals, "animals", SiteTable)
