"""A menu of the plugin's own, with groups, links and buttons."""

from __future__ import annotations

from netbox.choices import ButtonColorChoices
from netbox.plugins import PluginMenu, PluginMenuButton, PluginMenuItem

animals = PluginMenuItem(
    link="plugins:netbox_animal_sounds:animal_list",
    link_text="All the animals",
    permissions=["netbox_animal_sounds.view_animal"],
    buttons=[
        PluginMenuButton(
            link="plugins:netbox_animal_sounds:animal_add",
            title="Add an animal",
            icon_class="mdi mdi-plus-thick",
            color=ButtonColorChoices.GREEN,
            permissions=["netbox_animal_sounds.add_animal"],
        ),
        PluginMenuButton(
            link="plugins:netbox_animal_sounds:animal_bulk_import",
            title="Import animals",
            icon_class="mdi mdi-upload",
            permissions=["netbox_animal_sounds.add_animal"],
        ),
    ],
)
sounds = PluginMenuItem(link="plugins:netbox_animal_sounds:sound_list", link_text="All the sounds")
# An attribute everywhere, but an argument only since a patch release of 4.2.
sounds.auth_required = True

menu = PluginMenu(
    label="Animal kingdom",
    groups=(("Creatures", (animals,)), ("Noises", (sounds,))),
    icon_class="mdi mdi-cow",
)
