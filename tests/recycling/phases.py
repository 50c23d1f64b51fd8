"""One recycling of a server's workers under load, from outside: what our command said, who worked, who waited."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from tests.recycling.measuring import Figures, Load
from tests.recycling.serving import Server


@dataclass(frozen=True)
class Phase:
    """What came of one recycling; ``before`` and ``after`` are the workers, ``seen`` is what was looked at then."""

    command: subprocess.CompletedProcess[str]
    before: set[int]
    after: set[int]
    seen: Any
    figures: Figures

    @property
    def output(self) -> str:
        """What the command printed."""
        return self.command.stdout + self.command.stderr


def recycled(
    server: Server,
    load: Callable[[], AbstractContextManager[Load]],
    change: Callable[[], object],
    look: Callable[[], object],
) -> Phase:
    """Change the installation, recycle the workers, and look what they do if that succeeded, all of it under load."""
    with load() as made:
        before = server.workers()
        change()
        command = server.recycle()
        after = server.workers()
        seen = None if command.returncode else look()
    return Phase(command, before, after, seen, made.figures)
