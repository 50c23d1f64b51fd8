"""Which plugins an error comes from, and which of their files: the error itself seldom says so."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from traceback import walk_tb
from typing import NamedTuple

from django.apps import AppConfig
from django.urls import URLResolver

from .configuration import PLUGIN_NAME
from .plugins import NETBOX, companion_configs, owner_of_module, plugin_configs
from .report import error_text


class Place(NamedTuple):
    """A plugin's part in an error; ``file`` is empty and ``line`` is 0 if only the plugin is known."""

    plugin: str
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}" if self.file else self.plugin


class Blame(NamedTuple):
    """An error, and the plugins that take part in it, each once and the nearest to the error first."""

    error: str
    places: tuple[Place, ...]

    @property
    def plugin(self) -> str:
        """The plugin that is nearest to the error, or "netbox" if no plugin takes part in it."""
        return self.places[0].plugin if self.places else NETBOX

    @property
    def names(self) -> tuple[str, ...]:
        """The error, the file of the nearest plugin, and the others, each with its file: for a row of the report."""
        first = [str(place) for place in self.places[:1] if place.file]
        return (self.error, *first, *(f"with {place.plugin}: {place}" for place in self.places[1:]))

    def __str__(self) -> str:
        """Return all of it in one line, the error first."""
        where = "; ".join(dict.fromkeys(text for place in self.places for text in (place.plugin, str(place))))
        return f"{self.error} ({where})" if where else self.error


def blame(error: BaseException) -> Blame:
    """Return the plugins that ``error`` and its causes come from. No database, no import, never an exception.

    These are the plugins whose code ran, the innermost first, those that define what the error is about (strawberry
    keeps both classes of a type that is defined twice), and those whose file cannot be compiled. If there are none,
    they are the plugins that NetBox was working for, because what they gave it may have caused the error.
    """
    try:
        configs = [*plugin_configs(), *companion_configs()]
        errors = list(_causes(error))
        found = [place for each in errors for place in (*_compiled(each, configs), *_concerned(each, configs))]
        found += [place for each in errors for place in _ran(each, configs)]
        if not found:
            found = [place for each in errors for place in _worked_for(each)]
    except Exception:
        found = []
    first = {place.plugin: place for place in reversed(found)}
    order = dict.fromkeys(place.plugin for place in found)
    return Blame(error_text(error), tuple(first[plugin] for plugin in order))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield ``error`` and what led to it, the last cause first."""
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    yield from reversed(chain)


def _compiled(error: BaseException, configs: list[AppConfig]) -> Iterator[Place]:
    """Yield the plugin whose file is not valid Python. It never ran, so the traceback ends where it was imported."""
    if isinstance(error, SyntaxError) and error.filename:
        path = Path(error.filename)
        for config in configs:
            if any(Path(folder) in path.parents for folder in getattr(config.module, "__path__", ())):
                yield Place(config.name, error.filename, error.lineno or 0)
                return


def _concerned(error: BaseException, configs: list[AppConfig]) -> Iterator[Place]:
    for value in vars(error).values():
        if inspect.isclass(value) and (name := owner_of_module(value.__module__, configs)) != NETBOX:
            try:
                line = inspect.getsourcelines(value)[1]
            except (OSError, TypeError):
                line = 0
            yield Place(name, str(getattr(sys.modules.get(value.__module__), "__file__", "")), line)


def _ran(error: BaseException, configs: list[AppConfig]) -> Iterator[Place]:
    for position, (frame, line) in enumerate(reversed(list(walk_tb(error.__traceback__)))):
        name = owner_of_module(str(frame.f_globals.get("__name__", "")), configs)
        # Our own code called what failed, and takes part in the error only if it arose there.
        if name not in (NETBOX, PLUGIN_NAME) or (name == PLUGIN_NAME and not position):
            yield Place(name, frame.f_code.co_filename, line)


def _worked_for(error: BaseException) -> Iterator[Place]:
    """Yield the plugins whose app config, or part of the URLconf, was a local variable where the error arose."""
    by_label = {config.label: config.name for config in plugin_configs()}
    for frame, _ in reversed(list(walk_tb(error.__traceback__))):
        for value in list(frame.f_locals.values()):
            if isinstance(value, AppConfig) and value.label in by_label:
                yield Place(value.name)
            elif isinstance(value, URLResolver) and value.namespace:
                name = by_label.get(str(value.namespace).removesuffix("-api"))
                if name:
                    yield Place(name)
