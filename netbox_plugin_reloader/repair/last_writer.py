"""Which code wrote the rows of object types last, and whether this process is as new as that.

To old code, the rows that new code has just written look wrong. A worker that was not restarted, or a host that is not
upgraded yet, must not write them back. So the comment of their table says which code wrote last. It is lost and
restored together with the rows, and every host sees it. NetBox's cache may be emptied, and a table of our own would
need a migration. The rest of the comment stays.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connections

from ..compat import compare, running_version
from ..compat.installation import management_command
from ..loaded import LOADED
from ..plugins import plugin_configs

NETBOX = "netbox"
_noted: Writer | None = None
"""What this process noted last."""

MARK = re.compile(r"\n?netbox_plugin_reloader: (\{.*\})")
"""What our part of the comment looks like."""


def what_to_do() -> str:
    """Return what an administrator does about a process that may not write."""
    repair, migrate = management_command("plugin_reloader repair"), management_command("migrate")
    return f"Restart this process with the newest code. If these versions are intended, run {repair} or {migrate}"


class Writer(NamedTuple):
    """Code that writes rows of object types.

    ``versions`` are those of NetBox and of each plugin, by name. ``declared`` is a digest of all that the models say
    about their rows: it distinguishes code of the same version. ``written`` is when this code wrote last, in seconds
    since 1970 by the database's clock, or ``None``.
    """

    versions: dict[str, str]
    declared: str
    written: float | None = None

    def is_like(self, other: Writer | None) -> bool:
        """Return whether this is the same code as ``other``."""
        return other is not None and self._replace(written=None) == other._replace(written=None)


def this_writer(declared: Iterable[Any]) -> Writer:
    """Return this process as a writer; ``declared`` is what its models say, in types that JSON has. No database."""
    versions = {app_config.name: str(getattr(app_config, "version", "")) for app_config in plugin_configs()}
    digest = hashlib.sha256(json.dumps(sorted(declared)).encode()).hexdigest()[:16]
    return Writer({NETBOX: running_version(), **versions}, digest)


def last_writer(table: str) -> tuple[Writer | None, float]:
    """Return which code wrote the rows of ``table`` last, or ``None``, and the database's time: one query."""
    comment, now = _comment(table)
    found = MARK.search(comment)
    try:
        writer = Writer(**json.loads(found[1])) if found else None
        if writer is not None:
            _ = dict(writer.versions), float(writer.written or 0.0)
    except (TypeError, ValueError):
        # Another release of ours may have written it.
        writer = None
    return writer, now


def note_writer(table: str, writer: Writer) -> None:
    """Note in the comment of ``table`` that ``writer`` has written its rows: three queries.

    Raises :class:`django.db.Error` where NetBox's database user does not own the table.
    """
    global _noted
    comment, now = _comment(table)
    _noted = writer._replace(written=now)
    note = f"netbox_plugin_reloader: {json.dumps(_noted._asdict())}"
    text = "\n".join(filter(None, [MARK.sub("", comment), note]))
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        # COMMENT takes no parameters.
        cursor.execute("SELECT format('COMMENT ON TABLE %%I IS %%L', %s::text, %s::text)", [table, text])
        (statement,) = cursor.fetchone()
        cursor.execute(statement)


def why_not_to_write(writer: Writer, last: Writer | None, now: float) -> str:
    """Return why ``writer``, which is this process, must not write what ``last`` wrote; empty if it may. No database.

    It may write in four cases. It declares what ``last`` did, so something else has changed the rows since. Something
    of it is newer, and nothing is older or missing. It was loaded after ``last`` wrote. Or it is ``last`` itself, and
    its models have changed since.
    """
    if last is None or writer.declared == last.declared or last == _noted:
        return ""
    differences = list(_older(writer.versions, last.versions))
    if differences:
        newer = ", ".join(f"{name} {there}" for name, there, _ in differences)
        here = ", ".join(f"{name} {version}" if version else f"no {name}" for name, _, version in differences)
        return f"written last with {newer}, but this process has {here}. {what_to_do()}"
    if any((compare(writer.versions[name], version) or 0) > 0 for name, version in last.versions.items()):
        return ""
    # Two hosts' clocks may differ, so this compares how long ago each was.
    if last.written is None or time.monotonic() - LOADED <= now - last.written:
        return ""
    return f"written last by other code, after this process had started. {what_to_do()}"


def _older(here: dict[str, str], there: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield what is older or missing here, with its version there and here; the version here is empty if missing.

    A version that cannot be compared counts as older.
    """
    for name, version in there.items():
        found = here.get(name)
        if found is None:
            yield name, version, ""
        elif found != version:
            order = compare(found, version)
            if order is None or order < 0:
                yield name, version, found


def _comment(table: str) -> tuple[str, float]:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(
            "SELECT obj_description(quote_ident(%s)::regclass, 'pg_class'), extract(epoch FROM clock_timestamp())",
            [table],
        )
        comment, now = cursor.fetchone()
    return comment or "", float(now)
