"""The vocabulary in which a strategy states what one NetBox line looks like inside."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from packaging.version import Version

PUBLIC = None
"""The ``feature`` of a queryset that NetBox builds with ``ObjectType.objects.public()``."""


class Releases(NamedTuple):
    """The NetBox releases from ``since`` on and before ``before``; an empty text means no bound.

    This is not packaging's ``SpecifierSet``: its module takes 400 kB in every process, and nothing else in NetBox loads
    it.
    """

    since: str = ""
    before: str = ""

    def contain(self, release: Version) -> bool:
        """Return whether ``release`` is one of them."""
        started = not self.since or Version(self.since) <= release
        return started and (not self.before or release < Version(self.before))


class DeclaredQueryset(NamedTuple):
    """One class attribute of NetBox whose queryset over object types is built when its module is imported.

    ``module``, ``class_name`` and ``name`` say where the attribute is declared; ``feature`` is the model feature
    given to ``with_feature()``, or :data:`PUBLIC`; ``releases`` are the NetBox releases that have it.
    """

    module: str
    class_name: str
    name: str
    feature: str | None
    releases: Releases = Releases()

    @property
    def path(self) -> str:
        """The dotted path of the attribute, as reports and tests name it."""
        return f"{self.module}.{self.class_name}.{self.name}"


class DeclaredChoices(NamedTuple):
    """One class attribute of NetBox whose choices are computed when its module is imported.

    ``path`` is the dotted path of the attribute, ``source`` that of the function which computes them.
    """

    path: str
    source: str


def declared(module: str, classes: Mapping[str, Mapping[str, str | None]]) -> tuple[DeclaredQueryset, ...]:
    """Return a row for every ``name: feature`` of every class of ``module``."""
    return tuple(
        DeclaredQueryset(module, class_name, name, feature)
        for class_name, attributes in classes.items()
        for name, feature in attributes.items()
    )


def since(release: str, rows: Iterable[DeclaredQueryset]) -> tuple[DeclaredQueryset, ...]:
    """Return ``rows`` as declared from NetBox ``release`` on."""
    return tuple(row._replace(releases=row.releases._replace(since=release)) for row in rows)


def until(releases: Mapping[str, str], rows: Iterable[DeclaredQueryset]) -> tuple[DeclaredQueryset, ...]:
    """Return ``rows``; those whose path is in ``releases`` are no longer declared from that NetBox release on.

    Raises :class:`ValueError` for a path that no row has.
    """
    rows = tuple(rows)
    if unknown := releases.keys() - {row.path for row in rows}:
        raise ValueError(f"no declared queryset has the path {', '.join(sorted(unknown))}")
    return tuple(
        row._replace(releases=row.releases._replace(before=releases[row.path])) if row.path in releases else row
        for row in rows
    )


class Strategy(NamedTuple):
    """The facts about one NetBox line on which a reload pass rests.

    ``line``
        The release series, for example ``4.5``.
    ``apps``
        Labels of NetBox's own apps. Their folder does not tell: a wheel puts them beside the plugins.
    ``feature_views``
        View name to the mixin of ``netbox.models.features`` for which ``register_models()`` registers that view.
    ``stores``
        Name of each registry store that the pass reads or changes, and the type of its value.
    ``feature_sets``
        Whether ``registry['model_features']`` records the *registered* models of each feature
        (feature, then app label, then a set of model names). From 4.4.0 on it holds one test function per feature,
        and the object types' rows say which models are registered.
    ``querysets``
        The attributes described by :class:`DeclaredQueryset`.
    ``querysets_freeze``
        Whether these querysets copy the registry when they are built, so that models registered later are missing.
    ``resources``
        What ``PluginConfig.ready()`` loads from a plugin: the attribute that may name it, and the module where NetBox
        looks for it otherwise (``DEFAULT_RESOURCE_PATHS``).
    ``feature_copies``
        Model feature that a plugin adds to ``registry['model_features']`` as a copy, and the dotted path of the
        plugin's public function that makes the copy again.
    ``choices``
        The attributes described by :class:`DeclaredChoices`.
    ``menu_list``
        The releases that make their navigation, the list ``netbox.navigation.menu.MENUS``, at import; later ones make
        it at its first use, and cache it.
    ``object_change_views``
        Dotted paths of the views whose class-level queryset holds the ids of the content types that existed at import.
    ``release``
        The NetBox release whose facts these are, where :meth:`for_release` made the strategy.
    ``object_type_rows``
        Whether an object type has a row of its own, which says whether its model is public and what features it has.
    """

    line: str
    apps: frozenset[str]
    feature_views: Mapping[str, str]
    stores: Mapping[str, type]
    feature_sets: bool
    querysets: tuple[DeclaredQueryset, ...]
    querysets_freeze: bool
    resources: Mapping[str, str]
    feature_copies: Mapping[str, str]
    choices: tuple[DeclaredChoices, ...]
    menu_list: Releases
    object_change_views: tuple[str, ...]
    object_type_rows: bool
    release: Version | None = None

    def for_release(self, release: Version) -> "Strategy":
        """Return this strategy with only those rows that the NetBox ``release`` of this line has."""
        querysets = tuple(row for row in self.querysets if row.releases.contain(release))
        return self._replace(querysets=querysets, release=release)

    @property
    def has_menu_list(self) -> bool:
        """Whether the release's navigation is a list made at import."""
        return self.release is not None and self.menu_list.contain(self.release)

    @property
    def copying_modules(self) -> frozenset[str]:
        """The modules of NetBox that copy the registry when they are imported."""
        frozen = {row.module for row in self.querysets} if self.querysets_freeze else set()
        chosen = {row.path.rsplit(".", 2)[0] for row in self.choices}
        views = {path.rpartition(".")[0] for path in self.object_change_views}
        navigation = {"netbox.navigation.menu"} if self.has_menu_list else set()
        return frozenset({*frozen, *chosen, *views, *navigation, "netbox.preferences"})
