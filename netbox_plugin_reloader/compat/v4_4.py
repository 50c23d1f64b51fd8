"""NetBox 4.4: object types have rows of their own (core/models/object_types.py).

``public()`` and ``with_feature()`` filter on these rows, so no queryset freezes any more, and
``registry['model_features']`` holds test functions. The change log's views ask for the content types with each request
(core/views.py). 4.4.6 and 4.4.7 renamed fields of the filter forms.
"""

from __future__ import annotations

from .base import PUBLIC, declared, since, until
from .v4_3 import STRATEGY as V4_3

STRATEGY = V4_3._replace(
    line="4.4",
    feature_views={**V4_3.feature_views, "image-attachments": "ImageAttachmentsMixin"},
    feature_sets=False,
    feature_copies={},
    querysets_freeze=False,
    object_change_views=(),
    object_type_rows=True,
    querysets=(
        *until(
            {
                "core.forms.filtersets.JobFilterForm.object_type": "4.4.6",
                "extras.forms.filtersets.CustomFieldFilterForm.related_object_type_id": "4.4.7",
                "extras.forms.filtersets.CustomLinkFilterForm.object_type": "4.4.7",
                "extras.forms.filtersets.SavedFilterFilterForm.object_type": "4.4.7",
            },
            V4_3.querysets,
        ),
        *since(
            "4.4.6",
            (
                *declared("core.filtersets", {"JobFilterSet": {"object_type_id": "jobs"}}),
                *declared("core.forms.filtersets", {"JobFilterForm": {"object_type_id": "jobs"}}),
            ),
        ),
        *since(
            "4.4.7",
            declared(
                "extras.forms.filtersets",
                {
                    "CustomFieldFilterForm": {"object_type_id": "custom_fields", "related_object_type_id": PUBLIC},
                    "CustomLinkFilterForm": {"object_type_id": "custom_links"},
                    "SavedFilterFilterForm": {"object_type_id": PUBLIC},
                },
            ),
        ),
    ),
)
