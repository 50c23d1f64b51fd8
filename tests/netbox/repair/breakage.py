"""All that can be wrong in a NetBox with plugins, made in a process where nothing is, and taken back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from core.models import ObjectType
from dcim.models import Site
from django.apps import apps
from django.db import connection
from netbox.models import features
from netbox.navigation import menu as navigation
from netbox.preferences import PREFERENCES
from netbox.registry import registry
from netbox.search.backends import search_backend

from netbox_plugin_reloader.plugins import companion_configs, models_of, plugin_configs
from netbox_plugin_reloader.repair.snapshots import EachTime, loaded
from netbox_plugin_reloader.report import Kind, Row


@dataclass(frozen=True, repr=False)
class Defect:
    """One thing that can be wrong: of which plugin, or of none, what the report says of it, and how to break it.

    The row of the report is without names where the report says nothing.
    """

    name: str
    plugin: str | None
    row: Row
    make: Callable[[], None] = field(compare=False)

    def __repr__(self):
        return f"<{self.row.subject}: {self.name}>"


def keep(container):
    """Return a function that has a dictionary, list or set hold again what it holds now, and those in it as well."""
    values = container.values() if isinstance(container, dict) else ()
    inner, kept = [keep(value) for value in values if isinstance(value, (dict, list, set))], container.copy()

    def restore():
        container.clear()
        container.extend(kept) if isinstance(container, list) else container.update(kept)
        for restore_inner in inner:
            restore_inner()

    return restore


def plugin_models():
    """Return each model that the pass looks after, with its plugin's name, or none, and the name of its app."""
    own = [
        (app_config.name, app_config.name, model) for app_config in plugin_configs() for model in models_of(app_config)
    ]
    companions = companion_configs()
    return own + [(None, app_config.name, model) for app_config in companions for model in models_of(app_config)]


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
    for plugin, app, model in plugin_models():
        label = model._meta.label_lower
        if label.partition(".")[2] not in registry["views"][model._meta.app_label]:
            continue
        for entry in entries_of(model):
            identity, name = identity_of(entry), entry["name"]
            if name in strategy.feature_views:
                row = Row(Kind.REGISTRATION, app, label, (f"view {name}",))
                yield Defect(f"no view {name}", plugin, row, partial(forget_view, model, name))
            row = Row(Kind.VIEWS, app, label, (name,))
            yield Defect(f"view {identity} twice", plugin, row, partial(double_view, model, identity))


def store_defects(strategy):
    """Yield what can be missing from the stores of registered models, features and actions."""
    for plugin, app, model in plugin_models():
        label, app_label, name = model._meta.label_lower, model._meta.app_label, model._meta.model_name
        if strategy.feature_sets:
            for feature, labels in registry["model_features"].items():
                if name in labels.get(app_label, ()):
                    row = Row(Kind.REGISTRATION, app, label, (f"feature {feature}",))
                    yield Defect(f"no feature {feature}", plugin, row, partial(labels[app_label].discard, name))
        names = (registry.get("models") or {}).get(app_label, set())
        if plugin and name in names:
            row = Row(Kind.REGISTRATION, app, label, ("public model",))
            yield Defect("not public", plugin, row, partial(names.discard, name))
        if actions := (registry.get("model_actions") or {}).get(label):
            row = Row(Kind.REGISTRATION, app, label, tuple(f"action {action.name}" for action in actions))
            yield Defect("no actions", plugin, row, partial(registry["model_actions"].pop, label, None))


def fields_of(path):
    """Return the fields that hold the one at ``path``, and its name."""
    class_path, _, name = path.rpartition(".")
    owner = loaded(class_path)
    return getattr(owner, "base_fields", None) or getattr(owner, "_declared_fields", None), name


def build(feature):
    return ObjectType.objects.public() if feature is None else ObjectType.objects.with_feature(feature)


def freeze(path, feature, app_label):
    """Have a form's field hold what NetBox freezes while one plugin is not ready."""
    fields, name = fields_of(path)
    with before(app_label):
        fields[name].queryset = build(feature)


@contextmanager
def before(app_label):
    """Have the registry lack an app's models, as while its plugin is not ready."""
    stores = [registry.get("models") or {}, *registry["model_features"].values()]
    lost = [(store, store.pop(app_label)) for store in stores if isinstance(store, dict) and app_label in store]
    try:
        yield
    finally:
        for store, names in lost:
            store[app_label] = names


def queryset_defects(strategy):
    if strategy.querysets_freeze:
        for path, feature in features_of_forms(strategy).items():
            offered = sorted(labels(build(feature)))
            for app_config in plugin_configs():
                label = app_config.label
                lost = tuple(name for name in offered if name.startswith(f"{label}."))
                row = Row(Kind.CHOICES, app_config.name, path, lost)
                yield Defect(f"frozen before {label}", None, row, partial(freeze, path, feature, label))


def is_late(value):
    return "late" in str(value)


def freeze_choices(path, source_path):
    """Have a field hold a list that NetBox made before any plugin registered something."""
    fields, name = fields_of(path)
    early = [(value, label) for value, label in loaded(source_path)() if not is_late(value)]
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
    for choices in strategy.choices:
        late = tuple(value for value, _ in loaded(choices.source)() if is_late(value))
        row = Row(Kind.CHOICES, "netbox", choices.path, late)
        yield Defect("choices made early", None, row, partial(freeze_choices, choices.path, choices.source))
    row = Row(Kind.NAVIGATION, "netbox", "menus", tuple(str(menu.label) for menu in registry["plugins"]["menus"]))
    yield Defect("menus made early", None, row, lose_menus)
    for label in registry["plugins"]["menu_items"]:
        yield Defect(f"menu group {label} lost", None, row._replace(names=(label,)), partial(lose_menu_group, label))
    for name in PREFERENCES:
        if name.startswith("plugins."):
            row = Row(Kind.PREFERENCES, "netbox", "preferences", (name,))
            yield Defect(f"no preference {name}", None, row, partial(PREFERENCES.pop, name, None))
    for app_config in plugin_configs():
        for label in registry["search"]:
            if label.partition(".")[0] == app_config.label:
                row = Row(Kind.SEARCH, app_config.name, "search types", (label,))
                yield Defect(f"no search type {label}", None, row, partial(lose_search_type, label))


def change_row(label, **values):
    app_label, model = label.split(".")
    ObjectType.objects.filter(app_label=app_label, model=model).update(**values)


def lose_row(label):
    """Delete an object type's own row, and leave its content type."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM core_objecttype WHERE contenttype_ptr_id = "
            "(SELECT id FROM django_content_type WHERE app_label = %s AND model = %s)",
            label.split("."),
        )


def row_defects(strategy):
    if strategy.object_type_rows:
        for plugin, app, model in [*plugin_models(), (None, "dcim", Site)]:
            label, public = model._meta.label_lower, features.model_is_public(model)
            row = Row(Kind.OBJECT_TYPES, app, label, ("missing",))
            if plugin:
                yield Defect("row lost", None, row, partial(lose_row, label))
                wrong = row._replace(names=(f"public {not public} → {public}",))
                yield Defect("row's flag wrong", None, wrong, partial(change_row, label, public=not public))
            gained = " ".join(f"+{name}" for name in sorted(features.get_model_features(model)))
            stale = row._replace(names=(" ".join(filter(None, ["features", gained, "-gone"])),))
            yield Defect("row stale", None, stale, partial(change_row, label, features=["gone"]))


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


def features_of_forms(strategy):
    """Return the paths of NetBox's form fields whose querysets copy the registry, with the feature each asks for."""
    return {row.path: row.feature for row in strategy.querysets if "Form" in row.class_name}


def querysets(strategy):
    """Return these querysets by path."""
    found = {path: fields_of(path) for path in features_of_forms(strategy)}
    return {path: fields[name].queryset for path, (fields, name) in found.items()}


def labels(queryset):
    return {f"{object_type.app_label}.{object_type.model}" for object_type in queryset}


def identities():
    """Return which objects the registry holds for each model's views, in their order."""
    return {
        f"{app_label}.{name}": [id(entries), *map(id, entries)]
        for app_label, models in registry["views"].items()
        for name, entries in models.items()
    }


def snapshot(strategy):
    """Return a function that puts everything back as it is now, in the same objects, where all of it is loaded."""
    restore_registry, restore_preferences = keep(registry), keep(PREFERENCES)
    fields = [(owner[name], owner[name].queryset) for owner, name in map(fields_of, querysets(strategy))]
    menus = None if hasattr(navigation, "get_menus") else (list(navigation.MENUS), navigation.plugins_menu.groups)

    def restore():
        restore_registry()
        restore_preferences()
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

    return restore


def defects(strategy):
    """Return every defect that can be made of the NetBox that runs, which is to be whole."""
    # A field is to be frozen while nothing is missing from the registry but what its own defect says.
    kinds = (queryset_defects, view_defects, store_defects, snapshot_defects, row_defects)
    return [defect for kind in kinds for defect in kind(strategy)]
