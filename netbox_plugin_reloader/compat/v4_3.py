"""NetBox 4.3: a contacts view for every model with contacts, table configurations, and tags limited on import."""

from __future__ import annotations

from .base import PUBLIC, declared, since
from .v4_2 import STRATEGY as V4_2

STRATEGY = V4_2._replace(
    line="4.3",
    feature_views={**V4_2.feature_views, "contacts": "ContactsMixin"},
    querysets=(
        *V4_2.querysets,
        *declared("extras.forms.filtersets", {"TableConfigFilterForm": {"object_type_id": PUBLIC}}),
        *since("4.3.3", declared("extras.forms.bulk_import", {"TagImportForm": {"object_types": "tags"}})),
    ),
)
