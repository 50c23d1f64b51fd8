from __future__ import annotations

from netbox.data_backends import DataBackend
from netbox.plugins import PluginMenu, PluginMenuItem
from netbox.search import SearchIndex
from users.preferences import UserPreference

from .models import Resource


class LateBackend(DataBackend):
    name = "late-resources"
    label = "Late resources"


class ResourceIndex(SearchIndex):
    model = Resource
    fields = (("name", 100),)


data_backends = [LateBackend]
search_indexes = [ResourceIndex]
user_preferences = {"loudness": UserPreference(label="Loudness", choices=(("loud", "Loud"),))}
menu_items = (PluginMenuItem(link="home", link_text="Late item"),)
menu = PluginMenu(label="Late menu", groups=(("Late group", menu_items),))
