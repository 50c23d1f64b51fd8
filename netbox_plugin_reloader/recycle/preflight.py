"""Whether NetBox would start with the configuration and the plugins as they are on disk now."""

from __future__ import annotations

from io import StringIO

from django.core.management import CommandError, call_command

from ..compat.installation import management_command
from ..migrations import unapplied_migrations
from ..plugins import skipped_plugins
from ..processes.announcements import announced
from ..processes.cache import is_away
from ..support import why_skipped
from .static_files import note_on_static_files


def preflight(*, static_files: bool = True) -> str:
    """Check whether this process, which must have started just now, could serve NetBox; needs the database.

    Returns what :func:`note_on_static_files` does, unless ``static_files`` is false. Raises
    :class:`~django.core.management.CommandError` for a plugin that NetBox would skip though a process runs it now, for
    an error of the system checks and for migrations that are not applied. If a module cannot be imported, raises what
    the import raises: the checks import all of NetBox's pages.
    """
    if lost := _lost_plugins():
        known = "may run" if is_away() else "runs"
        raise CommandError(
            f"NetBox would skip {', '.join(lost)}, which it {known} now. Install releases that support this NetBox, or "
            "take the plugins out of PLUGINS."
        )
    call_command("check", stdout=StringIO(), stderr=StringIO())
    if missing := unapplied_migrations():
        names = ", ".join(f"{app_label}.{name}" for app_label, name in missing)
        raise CommandError(f"Migrations are not applied: {names}. Run {management_command('migrate')}.")
    return note_on_static_files() if static_files else ""


def _lost_plugins() -> list[str]:
    """Return the plugins that NetBox skips in this process but another process has loaded; asks NetBox's cache.

    If the cache does not answer, it is not known what others have loaded, so these are all that NetBox skips.
    """
    skipped = skipped_plugins()
    running = {name for process in announced() for name in process.plugins} if skipped else set()
    return [f"{name} ({why_skipped(name)})" for name in skipped if name in running or is_away()]
