"""The entry in NetBox's menu; NetBox loads this module in our ``ready()``, so it imports nothing but that entry."""

from __future__ import annotations

from netbox.plugins import PluginMenuItem

# ``staff_only`` means is_staff up to NetBox 4.4 and is_superuser later. A permission for a model that is not there can
# be granted to nobody, and superusers have all; its action is not "view", because EXEMPT_VIEW_PERMISSIONS gives that
# to everybody.
_status = PluginMenuItem(
    link="plugins:netbox_plugin_reloader:status",
    link_text="Status",
    permissions=["netbox_plugin_reloader.reload_plugins"],
)
# Up to NetBox 4.2.2 this is no argument, though the menu's template tag reads it.
_status.auth_required = True
menu_items = (_status,)
