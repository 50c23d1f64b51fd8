"""Run something in NetBox's own Python, once it is sure that NetBox loaded every plugin of PLUGINS.

``python -m tests.lab.inside manage ARGS | script FILE ARGS | pytest ARGS | run COMMAND ARGS``, with the
environment variables of `tests.lab.lab.NetBox.environ`. Ends with one sentence when NetBox skipped a plugin,
as releases from 4.3 on do with no more than a warning.
"""

from __future__ import annotations

import importlib
import os
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path


def skipped_plugins() -> Iterator[str]:
    """Load NetBox's settings and yield a sentence for each plugin of PLUGINS that NetBox skipped."""
    from django.conf import settings

    for name in settings.PLUGINS:
        config = importlib.import_module(name).config
        if f"{config.__module__}.{config.__name__}" not in settings.INSTALLED_APPS:
            try:
                config.validate(dict(settings.PLUGINS_CONFIG.get(name, {})), settings.RELEASE.version)
                reason = "no reason is known"
            except Exception as exception:
                reason = str(exception)
            yield f"NetBox {settings.RELEASE.version} skipped the plugin {name}: {reason}"


def manage(*arguments: str) -> None:
    """Run a management command in this process, by the very script that an administrator would start."""
    program = os.environ["NETBOX_LAB_PROGRAM"]
    sys.argv = [program, *arguments]
    runpy.run_path(program, run_name="__main__")


def main() -> None:
    """Do what the command line asks for."""
    # "python -m" puts the current folder first, where our source would hide a built package under test.
    if sys.path[0] in ("", str(Path.cwd())):
        del sys.path[0]
    kind, *arguments = sys.argv[1:]
    sys.argv = ["pytest", *arguments] if kind == "pytest" else arguments

    if skipped := list(skipped_plugins()):
        sys.exit("\n".join(skipped))

    if kind == "run":
        try:
            os.execvp(arguments[0], arguments)
        except OSError as exception:
            sys.exit(f"error: {arguments[0]} cannot be started: {exception.strerror}")
    elif kind == "manage":
        manage(*arguments)
    elif kind == "pytest":
        import pytest

        sys.exit(pytest.main(arguments))
    else:
        import django

        django.setup()
        runpy.run_path(arguments[0], run_name="__main__")


if __name__ == "__main__":
    main()
