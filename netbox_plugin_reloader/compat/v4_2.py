"""NetBox 4.2: the first line we support, so this strategy is complete and all others start from it.

``ObjectTypeManager.public()`` and ``with_feature()`` (core/models/contenttypes.py) turn the registry into a ``Q`` at
the time of the call, and NetBox calls them in class bodies. May go when NetBox 4.2 is no longer supported; its tables
then move to ``v4_3``.
"""

from __future__ import annotations

from .base import PUBLIC, Strategy, declared

STRATEGY = Strategy(
    line="4.2",
    feature_views={
        "journal": "JournalingMixin",
        "changelog": "ChangeLoggingMixin",
        "jobs": "JobsMixin",
        "sync": "SyncedDataMixin",
    },
    stores={"models": dict, "model_features": dict, "views": dict},
    feature_sets=True,
    querysets_freeze=True,
    querysets=(
        *declared(
            "core.forms.filtersets",
            {
                "JobFilterForm": {"object_type": "jobs"},
                "ObjectChangeFilterForm": {"changed_object_type_id": "change_logging"},
            },
        ),
        *declared(
            "extras.api.serializers_.bookmarks",
            {"BookmarkSerializer": {"object_type": "bookmarks"}},
        ),
        *declared(
            "extras.api.serializers_.customfields",
            {"CustomFieldSerializer": {"object_types": "custom_fields"}},
        ),
        *declared(
            "extras.api.serializers_.customlinks",
            {"CustomLinkSerializer": {"object_types": "custom_links"}},
        ),
        *declared(
            "extras.api.serializers_.events",
            {"EventRuleSerializer": {"object_types": "event_rules", "action_object_type": "event_rules"}},
        ),
        *declared(
            "extras.api.serializers_.exporttemplates",
            {"ExportTemplateSerializer": {"object_types": "export_templates"}},
        ),
        *declared(
            "extras.api.serializers_.notifications",
            {
                "NotificationSerializer": {"object_type": "notifications"},
                "SubscriptionSerializer": {"object_type": "notifications"},
            },
        ),
        *declared(
            "extras.api.serializers_.tags",
            {"TagSerializer": {"object_types": "tags"}},
        ),
        *declared(
            "extras.forms.bulk_import",
            {
                "CustomFieldImportForm": {"object_types": "custom_fields", "related_object_type": PUBLIC},
                "CustomLinkImportForm": {"object_types": "custom_links"},
                "EventRuleImportForm": {"object_types": "event_rules"},
                "ExportTemplateImportForm": {"object_types": "export_templates"},
            },
        ),
        *declared(
            "extras.forms.filtersets",
            {
                "CustomFieldFilterForm": {"related_object_type_id": "custom_fields"},
                "CustomLinkFilterForm": {"object_type": "custom_links"},
                "EventRuleFilterForm": {"object_type_id": "event_rules"},
                "ExportTemplateFilterForm": {"object_type_id": "export_templates"},
                "ImageAttachmentFilterForm": {"object_type_id": "image_attachments"},
                "JournalEntryFilterForm": {"assigned_object_type_id": "journaling"},
                "SavedFilterFilterForm": {"object_type": PUBLIC},
                "TagFilterForm": {"content_type_id": "tags", "for_object_type_id": "tags"},
            },
        ),
        *declared(
            "extras.forms.model_forms",
            {
                "BookmarkForm": {"object_type": "bookmarks"},
                "CustomFieldForm": {"object_types": "custom_fields", "related_object_type": PUBLIC},
                "CustomLinkForm": {"object_types": "custom_links"},
                "EventRuleForm": {"object_types": "event_rules"},
                "ExportTemplateForm": {"object_types": "export_templates"},
                "SubscriptionForm": {"object_type": "notifications"},
                "TagForm": {"object_types": "tags"},
            },
        ),
        *declared(
            "tenancy.forms.filtersets",
            {"ContactAssignmentFilterForm": {"object_type_id": "contacts"}},
        ),
    ),
)
