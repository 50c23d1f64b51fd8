"""Copies of the registry, other than querysets, that NetBox makes at import or at first use and keeps."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy


class EachTime:
    """Choices that are computed whenever they are read."""

    def __init__(self, source: Callable[[], Any]) -> None:
        self.source = source

    def __iter__(self) -> Iterator[Any]:
        return iter(self.source())


def loaded(path: str) -> Any:
    """Return what the dotted ``path`` names in its module, or ``None`` if the module is not loaded; no import.

    Raises :class:`AttributeError` if the module is loaded and has no such attribute.
    """
    module_path, _, name = path.rpartition(".")
    module = sys.modules.get(module_path)
    return None if module is None else getattr(module, name)


def make_choices_live(path: str, source_path: str) -> tuple[str, ...]:
    """Make the form or serializer field at ``path`` compute its choices at each use.

    ``source_path`` names the function that does. Returns the values that were missing; no database, no import.
    """
    class_path, _, name = path.rpartition(".")
    owner = loaded(class_path)
    if owner is None:
        return ()
    source = loaded(source_path)
    if hasattr(owner, "base_fields"):
        field = owner.base_fields[name]
        if getattr(field.choices, "func", None) is source:
            return ()
        before = {value for value, _ in field.choices}
        # Django calls a function for each form (django/forms/fields.py, ChoiceField.choices).
        field.choices = source
    else:
        # A serializer makes its fields from these arguments each time (rest_framework/fields.py, Field.__deepcopy__).
        arguments = owner._declared_fields[name]._kwargs
        if isinstance(arguments["choices"], EachTime):
            return ()
        before = {value for value, _ in arguments["choices"]}
        arguments["choices"] = EachTime(source)
    return tuple(value for value, _ in source() if value not in before)


def join_menu_items(registry: Any, shared: Mapping[str, Sequence[Sequence[Any]]]) -> tuple[str, ...]:
    """Put the menu items of plugins that share a label side by side in the registry.

    ``shared`` maps a label, which is a plugin's verbose name, to the menu items of each plugin that has it.
    ``register_menu_items()`` keeps only those of the last plugin (netbox/plugins/registration.py, all releases).
    Returns the texts of the items that were missing; no database.
    """
    menu_items = registry["plugins"]["menu_items"]
    missing: list[Any] = []
    for label, groups in shared.items():
        items = [item for group in groups for item in group]
        registered = menu_items.get(label, ())
        lost = [item for item in items if not _holds(registered, item)]
        if lost:
            menu_items[label] = [*items, *(item for item in registered if not _holds(items, item))]
            missing += lost
    return tuple(str(item.link_text) for item in missing)


def complete_menu_list(registry: Any) -> tuple[str, ...]:
    """Add to ``netbox.navigation.menu.MENUS`` what plugins registered after it was made, in NetBox's own order.

    Top-level menus come after NetBox's, then the menu "Plugins", then the admin menu (netbox/navigation/menu.py up to
    4.5.1). The list is changed in place. Returns the labels of what was missing.
    """
    module: Any = sys.modules.get("netbox.navigation.menu")
    if module is None:
        return ()
    from netbox.navigation import Menu, MenuGroup

    plugin_menus, items = registry["plugins"]["menus"], registry["plugins"]["menu_items"]
    missing = [menu for menu in plugin_menus if not _holds(module.MENUS, menu)]
    plugins_menu = getattr(module, "plugins_menu", None)
    present = {group.label: group for group in plugins_menu.groups} if plugins_menu else {}
    groups = [MenuGroup(label=label, items=items[label]) for label in items if label not in present]
    for label in items.keys() & present.keys():
        present[label].items = items[label]
    if groups:
        if plugins_menu is None:
            plugins_menu = Menu(label=gettext_lazy("Plugins"), icon_class="mdi mdi-puzzle", groups=[])
            module.plugins_menu = plugins_menu
        plugins_menu.groups = [*plugins_menu.groups, *groups]
    if missing or groups:
        last = [menu for menu in (plugins_menu, module.ADMIN_MENU) if menu is not None]
        others = [menu for menu in module.MENUS if not _holds([*plugin_menus, *last], menu)]
        module.MENUS[:] = [*others, *plugin_menus, *last]
    return tuple(str(entry.label) for entry in (*missing, *groups))


def renew_menu_cache(registry: Any) -> tuple[str, ...]:
    """Make NetBox build its navigation again if ``get_menus()`` was called before all menus were registered.

    netbox/navigation/menu.py caches it from 4.5.2 on. Returns the labels of what was missing.
    """
    module = sys.modules.get("netbox.navigation.menu")
    if module is None or not module.get_menus.cache_info().currsize:
        return ()
    menus, plugin_menus = module.get_menus(), registry["plugins"]["menus"]
    # A plugin may show its menu items in a menu of its own as well.
    shown = [group.items for menu in menus if not _holds(plugin_menus, menu) for group in menu.groups]
    missing = [menu.label for menu in plugin_menus if not _holds(menus, menu)]
    missing += [label for label, items in registry["plugins"]["menu_items"].items() if not _holds(shown, items)]
    if missing:
        module.get_menus.cache_clear()
    return tuple(str(label) for label in missing)


def complete_preferences(registry: Any) -> tuple[str, ...]:
    """Add to ``netbox.preferences.PREFERENCES`` what plugins registered after it was made; return the added names."""
    module = sys.modules.get("netbox.preferences")
    if module is None:
        return ()
    missing = {
        f"plugins.{plugin}.{name}": preference
        for plugin, preferences in registry["plugins"]["preferences"].items()
        for name, preference in preferences.items()
        if f"plugins.{plugin}.{name}" not in module.PREFERENCES
    }
    module.PREFERENCES.update(missing)
    return tuple(missing)


def renew_search_types(registry: Any) -> tuple[str, ...]:
    """Make NetBox list its search types again if plugins registered some after the list was first used.

    The search backend keeps the list for the life of the process (netbox/search/backends.py). Returns the labels of
    the models that were missing.
    """
    module = sys.modules.get("netbox.search.backends")
    if module is None or not module.search_backend._object_types:
        return ()
    _, *categories = module.search_backend._object_types
    known = {label for _, choices in categories for label, _ in choices}
    missing = tuple(label for label in registry["search"] if label not in known)
    if missing:
        module.search_backend._object_types = None
    return missing


def make_object_changes_live(view_path: str) -> None:
    """Make the view at ``view_path`` show the changes of every model that is installed when it is used; no database.

    Its class-level queryset holds the ids of the content types that existed at import (core/views.py up to 4.3.7).
    """
    view = loaded(view_path)
    if view is None:
        return
    from .live_querysets import IsInstalled, has_subquery

    if has_subquery(view.queryset):
        return
    from django.contrib.contenttypes.models import ContentType

    content_types = ContentType.objects.filter(IsInstalled())
    view.queryset = view.queryset.model.objects.filter(changed_object_type__in=content_types)


def _holds(entries: Any, entry: Any) -> bool:
    return any(entry is other for other in entries)
