"""Which plugins load modules of NetBox that copy the registry too early: before the last plugin is ready.

While the plugins start, a finder at the head of :data:`sys.meta_path` sees each import begin. It finds nothing, but
notes what imports one of these modules. It is removed before the first pass.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from itertools import zip_longest
from types import FrameType, ModuleType

from django.apps import AppConfig, apps

from ..compat import select, why_unsupported
from ..report import EarlyImport, ImportStep

IMPORT_MACHINERY = ("importlib", "_frozen_importlib", "_frozen_importlib_external")


class Watcher(MetaPathFinder):
    """Remembers, for each of ``modules`` that is imported, the frames that led to it.

    Frames would keep their local variables alive, so only names and lines are kept.
    """

    def __init__(self, modules: Collection[str]) -> None:
        self.modules = frozenset(modules)
        self.seen: dict[str, tuple[str, list[ImportStep]]] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return ``None``, which leaves the import to the next finder."""
        if fullname in self.modules and fullname not in self.seen:
            frames = _frames(sys._getframe(1))
            self.seen[fullname] = (_starting_app(frames), list(_import_steps(frames)))
        return None


_watcher: Watcher | None = None


def watch(netbox_version: str) -> None:
    """Begin to watch the imports of the modules that copy the registry on NetBox ``netbox_version``.

    Call this while NetBox reads its settings: later, and on an unsupported NetBox, it does nothing. No database, no
    import.
    """
    global _watcher
    if apps.apps_ready or why_unsupported(netbox_version):
        return
    stop()
    _watcher = Watcher(select(netbox_version).copying_modules)
    sys.meta_path.insert(0, _watcher)


def stop() -> None:
    """Stop watching; what was seen is kept."""
    if _watcher in sys.meta_path:
        sys.meta_path.remove(_watcher)


def early_imports(plugins: Collection[AppConfig], netbox_apps: Collection[str]) -> tuple[EarlyImport, ...]:
    """Return what was seen, in the order of the imports; no database.

    The plugin is the one whose file comes first in the chain, or else the one whose ``ready()`` ran. What NetBox's own
    apps, ``netbox_apps``, load is left out: no plugin can prevent that (extras/apps.py does it from 4.7.0 on).
    """
    names = sorted((app_config.name for app_config in plugins), key=len, reverse=True)
    found = []
    for module, (app, steps) in _watcher.seen.items() if _watcher else ():
        chain = steps
        plugin = app
        for position, step in enumerate(steps):
            owner = next((name for name in names if f"{step.module}.".startswith(f"{name}.")), None)
            if owner:
                chain, plugin = steps[position:], owner
                break
        if plugin and plugin not in netbox_apps:
            found.append(EarlyImport(module, plugin, tuple(chain)))
    return tuple(found)


def _frames(innermost: FrameType | None) -> list[FrameType]:
    """Return the frames, the outermost first."""
    frames = []
    while innermost is not None:
        frames.append(innermost)
        innermost = innermost.f_back
    return frames[::-1]


def _is_machinery(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__")).partition(".")[0] in IMPORT_MACHINERY


def _import_steps(frames: Sequence[FrameType]) -> Iterator[ImportStep]:
    """Yield the frames that import something: a frame of the import machinery follows them."""
    for frame, following in zip_longest(frames, frames[1:]):
        imports = following is None or _is_machinery(following)
        if imports and not _is_machinery(frame):
            yield ImportStep(str(frame.f_globals.get("__name__")), frame.f_code.co_filename, frame.f_lineno)


def _starting_app(frames: Sequence[FrameType]) -> str:
    """Return the name of the app whose ``ready()`` runs, or an empty string."""
    for frame in frames:
        if frame.f_code.co_name == "ready":
            owner = frame.f_locals.get("self")
            if isinstance(owner, AppConfig):
                return str(owner.name)
    return ""
