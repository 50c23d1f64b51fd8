"""Print as JSON what is a plugin among installed distributions: for NetBox's Python, and without its servers.

The argument is JSON: ``distributions`` are looked into, and of the one named ``subject`` the package ``plugin`` if that
is not empty. ``releases`` are those of NetBox that each plugin is compared with.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import distribution
from typing import Any


def candidates(name: str) -> Iterator[str]:
    """Yield the top-level packages of a distribution that may be a plugin: NetBox asks each for a name ``config``."""
    for file in distribution(name).files or ():
        if len(file.parts) == 2 and file.parts[1] == "__init__.py":
            text = file.read_text(encoding="utf-8")
            if re.search(r"\bconfig\b", text) and re.search(r"netbox|PluginConfig", text + file.parts[0]):
                yield file.parts[0]


def described(package: str, distribution_name: str, releases: list[str]) -> dict[str, Any] | None:
    """Return what the plugin ``package`` says of itself, or ``None`` if it is none."""
    from netbox.plugins import PluginConfig

    from netbox_plugin_reloader.compat import admits

    config = getattr(import_module(package), "config", None)
    if not (isinstance(config, type) and issubclass(config, PluginConfig)):
        return None
    oldest, newest = (str(getattr(config, limit, None) or "") for limit in ("min_version", "max_version"))
    return {
        "name": package,
        "distribution": distribution_name,
        "version": distribution(distribution_name).version,
        "oldest": oldest,
        "newest": newest,
        # Whoever says nothing is loaded by NetBox.
        "admitted": [
            release for release in [*releases, *at(oldest), *at(newest)] if admits(release, oldest, newest) is not False
        ],
    }


def at(limit: str) -> list[str]:
    """Return the limit if it is a final release, which may be the first or the last that a plugin admits of a line."""
    return [limit] * bool(re.fullmatch(r"\d+\.\d+\.\d+", limit))


def main(question: dict[str, Any]) -> dict[str, Any]:
    """Return the plugins, and by distribution why a package of it does not import."""
    from django.conf import settings

    settings.PLUGINS  # noqa: B018  what plugins import of NetBox needs them
    plugins, errors = [], {}
    for name in question["distributions"]:
        subject = name == question["subject"]
        for package in [question["plugin"]] if subject and question["plugin"] else candidates(name):
            try:
                plugins.append(described(package, name, question["releases"]))
            except Exception as error:  # noqa: PERF203  each for itself
                errors[name] = f"The plugin {package} does not import: {type(error).__name__}: {error}"
    return {"plugins": list(filter(None, plugins)), "errors": errors}


if __name__ == "__main__":
    print("\n" + json.dumps(main(json.loads(sys.argv[1]))))
