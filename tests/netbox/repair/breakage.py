"""All that can be wrong in a NetBox with plugins, made in a process where nothing is, and taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from core.models import ObjectType
from django.apps import apps
from django.db import connection
from netbox.models import features
from netbox.navigation import menu as navigation
from netbox.preferences import PREFERENCES
from netbox.registry import registry
from netbox.search.backends import search_backend

from netbox_plugin_reloader.plugins import companion_configs, models_of, plugin_configs
from netbox_plugin_reloader.repair import reload_pass as reload
from netbox_plugin_reloader.repair.snapshots import EachTime, loaded


@dataclass(frozen=True, repr=False)
class Defect:
    """One thing that can be wrong: of which plugin, or of none, what the report calls it, and how to break it."""

    name: str
    plugin: str | None
    subject: str
    make: Callable[[], None] = field(compare=False)

    def __repr__(self):
        return f"<{self.subject}: {self.name}>"


def plugin_models():
    """Return each model that the pass looks after, with the name of its plugin; none for a companion app's."""
    own = [(app_config.name, model) for app_config in plugin_configs() for model in models_of(app_config)]
    return own + [(None, model) for app_config in companion_configs() for model in models_of(app_config)]


def entries_of(model):
    return registry["views"][model._meta.app_label][model._meta.model_name]


def forget_view(model, name):
    entries_of(model)[:] = [entry for entry in entries_of(model) if entry["name"] != name]


def double_view(model, identity):
    # Another defect may have taken it away.
    entries_of(model).extend([dict(entry) for entry in entries_of(model) if identity_of(entry) == identity][:1])


def identity_of(entry):
    return entry["name"], entry["detail"], entry["path"], str(entry["view"])


def view_defects(strategy):
    for plugin, model in plugin_models():
        label = model._meta.label_lower
        if label.partition(".")[2] not in registry["views"][model._meta.app_label]:
            continue
        for entry in entries_of(model):
            identity = identity_of(entry)
            if entry["name"] in strategy.feature_views:
                yield Defect(f"no view {entry['name']}", plugin, label, partial(forget_view, model, entry["name"]))
            yield Defect(f"view {identity} twice", plugin, label, partial(double_view, model, identity))


def store_defects(strategy):
    """Yield what can be missing from the stores of registered models, features and actions."""
    for plugin, model in plugin_models():
        label, app_label, name = model._meta.label_lower, model._meta.app_label, model._meta.model_name
        if strategy.feature_sets:
            for feature, labels in registry["model_features"].items():
                if name in labels.get(app_label, ()):
                    names = labels[app_label]
                    yield Defect(f"no feature {feature}", plugin, label, partial(names.discard, name))
        names = (registry.get("models") or {}).get(app_label, set())
        if plugin and name in names:
            yield Defect("not public", plugin, label, partial(names.discard, name))
        if (registry.get("model_actions") or {}).get(label):
            yield Defect("no actions", plugin, label, partial(registry["model_actions"].pop, label, None))


def fields_of(path):
    """Return the fields that hold the one at ``path``, and its name."""
    class_path, _, name = path.rpartition(".")
    owner = loaded(class_path)
    return getattr(owner, "base_fields", None) or getattr(owner, "_declared_fields", None), name


def build(feature):
    return ObjectType.objects.public() if feature is None else ObjectType.objects.with_feature(feature)


def freeze(path, feature, plugin):
    """Have a form's field hold what NetBox freezes while one plugin is not ready."""
    fields, name = fields_of(path)
    source = registry.get("models") if feature is None else registry["model_features"][feature]
    lost = {label: source.pop(label) for label in [apps_of(plugin)] if label in source}
    try:
        fields[name].queryset = build(feature)
    finally:
        source.update(lost)


def apps_of(plugin):
    return next(app_config.label for app_config in plugin_configs() if app_config.name == plugin)


def queryset_defects(strategy):
    if strategy.querysets_freeze:
        for row in strategy.querysets:
            if "Form" in row.class_name:
                for app_config in plugin_configs():
                    name = app_config.name
                    yield Defect(f"frozen before {name}", None, row.path, partial(freeze, row.path, row.feature, name))


def freeze_choices(path, source_path):
    """Have a field hold a list that NetBox made before any plugin registered something."""
    fields, name = fields_of(path)
    early = [(value, label) for value, label in loaded(source_path)() if "late" not in str(value)]
    if hasattr(fields[name], "_kwargs"):
        fields[name]._kwargs["choices"] = early
    else:
        fields[name].choices = early


def lose_menus():
    """Have NetBox's navigation be what it was before any plugin registered a menu."""
    if hasattr(navigation, "get_menus"):
        menus = list(registry["plugins"]["menus"])
        registry["plugins"]["menus"].clear()
        navigation.get_menus.cache_clear()
        navigation.get_menus()
        registry["plugins"]["menus"].extend(menus)
    else:
        lost = registry["plugins"]["menus"]
        navigation.MENUS[:] = [menu for menu in navigation.MENUS if menu not in lost]


def lose_menu_group(label):
    if hasattr(navigation, "get_menus"):
        items = registry["plugins"]["menu_items"].pop(label)
        navigation.get_menus.cache_clear()
        navigation.get_menus()
        registry["plugins"]["menu_items"][label] = items
    else:
        menu = navigation.plugins_menu
        menu.groups = [group for group in menu.groups if group.label != label]


def lose_search_type(label):
    """Have the search backend keep the list that it made before ``label`` was registered."""
    index = registry["search"].pop(label)
    search_backend._object_types = None
    search_backend.get_object_types()
    registry["search"][label] = index


def snapshot_defects(strategy):
    for row in strategy.choices:
        yield Defect("choices made early", None, row.path, partial(freeze_choices, row.path, row.source))
    yield Defect("menus made early", None, "menus", lose_menus)
    for label in registry["plugins"]["menu_items"]:
        yield Defect(f"menu group {label} lost", None, "menus", partial(lose_menu_group, label))
    for name in PREFERENCES:
        if name.startswith("plugins."):
            yield Defect(f"no preference {name}", None, "preferences", partial(PREFERENCES.pop, name, None))
    for label in registry["search"]:
        if label.partition(".")[0] in {app_config.label for app_config in plugin_configs()}:
            yield Defect(f"no search type {label}", None, "search types", partial(lose_search_type, label))


def change_row(model, **values):
    ObjectType.objects.filter(app_label=model._meta.app_label, model=model._meta.model_name).update(**values)


def lose_row(model):
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM core_objecttype WHERE contenttype_ptr_id IN "
            "(SELECT id FROM django_content_type WHERE app_label = %s AND model = %s)",
            [model._meta.app_label, model._meta.model_name],
        )


def row_defects(strategy):
    if strategy.object_type_rows:
        for plugin, model in plugin_models():
            label = model._meta.label_lower
            if plugin:
                yield Defect("row lost", None, label, partial(lose_row, model))
                public = not features.model_is_public(model)
                yield Defect("row's flag wrong", None, label, partial(change_row, model, public=public))
            yield Defect("row stale", None, label, partial(change_row, model, features=["gone"]))


def rows():
    """Return public flag and features of each object type's row, where it has one."""
    installed = ObjectType.objects.filter(app_label__in=apps.app_configs)
    return {
        f"{row.app_label}.{row.model}": [getattr(row, "public", None), sorted(getattr(row, "features", ()))]
        for row in installed
    }


def offered(strategy):
    """Return all that NetBox offers of the plugins, each thing as often as it is there."""
    menus = navigation.get_menus() if hasattr(navigation, "get_menus") else navigation.MENUS
    stores = {"models": registry.get("models") or {}}
    if strategy.feature_sets:
        stores.update(registry["model_features"])
    return {
        "views": {
            f"{app_label}.{name}": sorted(map(identity_of, entries))
            for app_label, models in registry["views"].items()
            for name, entries in models.items()
        },
        "stores": {
            store: {label: sorted(names) for label, names in labels.items()} for store, labels in stores.items()
        },
        "actions": {
            label: sorted(action.name for action in actions)
            for label, actions in (registry.get("model_actions") or {}).items()
        },
        "choices": {row.path: sorted(str(value) for value, _ in choices_of(row.path)) for row in strategy.choices},
        "menus": sorted([str(menu.label), sorted(map(entries_of_group, menu.groups))] for menu in menus),
        "preferences": sorted(PREFERENCES),
        "search": sorted(label for _, choices in search_backend.get_object_types()[1:] for label, _ in choices),
        "rows": rows() if strategy.object_type_rows else {},
    }


def entries_of_group(group):
    return [str(group.label), [str(item.link_text) for item in group.items]]


def choices_of(path):
    fields, name = fields_of(path)
    return fields[name]._kwargs["choices"] if hasattr(fields[name], "_kwargs") else fields[name].choices


def querysets(strategy):
    """Return the querysets of NetBox's form fields that copy the registry, by path."""
    found = {row.path: fields_of(row.path) for row in strategy.querysets if "Form" in row.class_name}
    return {path: fields[name].queryset for path, (fields, name) in found.items()}


def identities():
    """Return which objects the registry holds for each model's views, in their order."""
    return {
        f"{app_label}.{name}": [id(entries), *map(id, entries)]
        for app_label, models in registry["views"].items()
        for name, entries in models.items()
    }


def snapshot(strategy):
    """Return a function that puts everything back as it is now, in the same objects."""
    lists = [(entries, list(entries)) for models in registry["views"].values() for entries in models.values()]
    stores = [registry.get("models") or {}]
    stores += [names for names in registry["model_features"].values() if isinstance(names, dict)]
    sets = [(names, set(names)) for store in stores for names in store.values()]
    actions = registry.get("model_actions")
    dictionaries = [(kept, dict(kept)) for kept in (PREFERENCES, actions, registry["search"]) if kept is not None]
    fields = [(owner[name], owner[name].queryset) for owner, name in map(fields_of, querysets(strategy))]
    menus = None if hasattr(navigation, "get_menus") else (list(navigation.MENUS), navigation.plugins_menu.groups)
    reports, forgetful = (reload._latest, reload._complete), set(reload._forgetful)

    def restore():
        for entries, kept in lists:
            entries[:] = kept
        for names, kept in sets:
            names.clear()
            names.update(kept)
        for dictionary, kept in dictionaries:
            dictionary.clear()
            dictionary.update(kept)
        for form_field, queryset in fields:
            form_field.queryset = queryset
        if menus is None:
            navigation.get_menus.cache_clear()
        else:
            navigation.MENUS[:], navigation.plugins_menu.groups = menus
        for row in strategy.choices:
            owner, name = fields_of(row.path)
            if hasattr(owner[name], "_kwargs"):
                owner[name]._kwargs["choices"] = EachTime(loaded(row.source))
            else:
                owner[name].choices = loaded(row.source)
        search_backend._object_types = None
        reload._latest, reload._complete = reports
        reload._forgetful.intersection_update(forgetful)

    return restore


def defects(strategy):
    """Return every defect that can be made of the NetBox that runs, which is to be whole."""
    kinds = (view_defects, store_defects, queryset_defects, snapshot_defects, row_defects)
    return [defect for kind in kinds for defect in kind(strategy)]
