"""The entry in NetBox's menu; NetBox loads this module in our ``ready()``, so it imports only what the entry needs."""

from __future__ import annotations

from netbox.plugins import PluginMenuItem

# ``staff_only`` means is_staff up to NetBox 4.4 and is_superuser later. Nobody can be granted a permission for a model
# that does not exist, but superusers have every permission. Its action is not "view", because EXEMPT_VIEW_PERMISSIONS
# gives that to everybody.
_status = PluginMenuItem(
    link="plugins:netbox_plugin_reloader:status",
    link_text="Status",
    permissions=["netbox_plugin_reloader.reload_plugins"],
)
# Up to NetBox 4.2.2 this is not an argument, though the menu's template tag reads the attribute.
_status.auth_required = True
menu_items = (_status,)
