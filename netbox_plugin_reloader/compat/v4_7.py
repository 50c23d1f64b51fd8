"""NetBox 4.7: the registry store ``models`` is gone; an event rule's action is no longer limited to a feature.

A plugin's GraphQL schema is loaded when all plugins are ready (netbox/plugins/__init__.py), and ``ready()`` loads new
resources.
"""

from __future__ import annotations

from .base import until
from .v4_6 import STRATEGY as V4_6

STRATEGY = V4_6._replace(
    line="4.7",
    stores={name: kind for name, kind in V4_6.stores.items() if name != "models"},
    resources={
        **{name: module for name, module in V4_6.resources.items() if name != "graphql_schema"},
        "event_rule_actions": "event_rules",
        "graphql_filter_extensions": "graphql_extensions",
        "graphql_type_extensions": "graphql_extensions",
        "jinja_filters": "jinja_env",
    },
    querysets=until({"extras.api.serializers_.events.EventRuleSerializer.action_object_type": "4.7"}, V4_6.querysets),
)
