"""The folder that keeps all the lab makes, and the locks that make it safe to share."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.lab.processes import say

REPOSITORY_ROOT = Path(__file__).resolve().parents[2]


def digest(*parts: str | bytes) -> str:
    """Return eight hexadecimal digits that stand for the parts, in their order."""
    sums = (hashlib.sha256(part.encode() if isinstance(part, str) else part).digest() for part in parts)
    return hashlib.sha256(b"".join(sums)).hexdigest()[:8]


class Home:
    """The lab's folder: `path`, or else NETBOX_LAB_HOME, or else ``.lab`` in the repository root."""

    def __init__(self, path: Path | None = None) -> None:
        default = os.environ.get("NETBOX_LAB_HOME") or REPOSITORY_ROOT / ".lab"
        self.path = Path(path or default).resolve()
        (self.path / "locks").mkdir(parents=True, exist_ok=True)
        (self.path / ".gitignore").write_text("*\n")

    @contextmanager
    def lock(self, name: str, *, shared: bool = False) -> Iterator[None]:
        """Hold the named lock, waiting for it if need be. A process that is killed loses its locks."""
        mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        with self._lock_file(name).open("w") as file:
            try:
                fcntl.flock(file, mode | fcntl.LOCK_NB)
            except BlockingIOError:
                say(f"Waiting for another lab command ({name}) …")
                fcntl.flock(file, mode)
            yield

    def is_locked(self, name: str) -> bool:
        """Return whether any process holds the named lock, this one included."""
        with self._lock_file(name).open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def make(self, path: Path, build: Callable[[Path], None], *, proof: str = "") -> Path:
        """Return the folder `path`, made by `build` unless it is there already.

        `build` is given another name to build under, so that whatever bears the final name is complete.
        `proof` is a file in the folder whose loss makes the folder worthless.
        """
        if (path / proof).exists():
            return path
        with self.lock(f"{path.parent.name}-{path.name}"):
            if not (path / proof).exists():
                partial = path.with_name(f"{path.name}.partial")
                for leftover in (partial, path):
                    shutil.rmtree(leftover, ignore_errors=True)
                path.parent.mkdir(parents=True, exist_ok=True)
                build(partial)
                partial.rename(path)
        return path

    def _lock_file(self, name: str) -> Path:
        return self.path / "locks" / f"{name}.lock"
