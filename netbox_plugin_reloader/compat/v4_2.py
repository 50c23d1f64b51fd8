"""NetBox 4.2: the first line we support, so this strategy is complete and all others start from it.

``ObjectTypeManager.public()`` and ``with_feature()`` (core/models/contenttypes.py) turn the registry into a ``Q`` at
the time of the call, and NetBox calls them in class bodies. When NetBox 4.2 is no longer supported, this module can go
and its tables move to ``v4_3``.
"""

from __future__ import annotations

from .base import PUBLIC, DeclaredChoices, Releases, Strategy, declared

EVENT_TYPES = "netbox.events.get_event_type_choices"

STRATEGY = Strategy(
    line="4.2",
    apps=frozenset(
        {
            "account",
            "circuits",
            "core",
            "dcim",
            "extras",
            "ipam",
            "tenancy",
            "users",
            "utilities",
            "virtualization",
            "vpn",
            "wireless",
        }
    ),
    feature_views={
        "journal": "JournalingMixin",
        "changelog": "ChangeLoggingMixin",
        "jobs": "JobsMixin",
        "sync": "SyncedDataMixin",
    },
    stores={
        "data_backends": dict,
        "event_types": dict,
        "model_features": dict,
        "models": dict,
        "plugins": dict,
        "search": dict,
        "views": dict,
    },
    feature_sets=True,
    querysets_freeze=True,
    resources={
        "search_indexes": "search",
        "data_backends": "data_backends",
        "graphql_schema": "graphql",
        "menu": "navigation",
        "menu_items": "navigation",
        "template_extensions": "template_content",
        "user_preferences": "preferences",
    },
    # It is public, takes no arguments, and may be called again (netbox_branching/utilities.py, 0.5 and 0.6).
    feature_copies={"branching": "netbox_branching.utilities.register_models"},
    choices=(
        DeclaredChoices("extras.forms.bulk_edit.EventRuleBulkEditForm.event_types", EVENT_TYPES),
        DeclaredChoices("extras.forms.bulk_import.EventRuleImportForm.event_types", EVENT_TYPES),
        DeclaredChoices("extras.forms.model_forms.EventRuleForm.event_types", EVENT_TYPES),
        DeclaredChoices(
            "core.api.serializers_.data.DataSourceSerializer.type", "netbox.utils.get_data_backend_choices"
        ),
    ),
    menu_list=Releases(before="4.5.2"),
    object_change_views=(
        "core.api.views.ObjectChangeViewSet",
        "core.views.ObjectChangeListView",
        "core.views.ObjectChangeView",
    ),
    object_type_rows=False,
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
