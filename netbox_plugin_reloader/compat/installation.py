"""How this NetBox is installed, as a checkout or as the wheel of the package index, and what follows from that."""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings

DEFAULT_ROOT = "/opt/netbox"
"""Where a NetBox that was installed as a wheel looks for its configuration (netbox/settings_utils.py, 4.7)."""


def is_wheel() -> bool:
    """Return whether NetBox was installed as a wheel; no database.

    netbox/settings.py says so from 4.6.5 on, and everything older is a checkout.
    """
    return hasattr(settings, "NETBOX_INSTALL_MODE") and settings.NETBOX_INSTALL_MODE == "wheel"


def instance_root() -> str:
    """Return the folder of the configuration and the files that this process uses, or an empty text in a checkout."""
    return str(settings.NETBOX_ROOT) if is_wheel() else ""


def management_command(arguments: str) -> str:
    """Return how an administrator of this installation runs the management command ``arguments``; no database.

    A wheel has no ``manage.py``. Its program is ``netbox``, which reads the instance in :data:`DEFAULT_ROOT` unless
    NETBOX_ROOT names another one (netbox/cli.py, 4.7).
    """
    root = instance_root()
    if not root:
        return f"manage.py {arguments}"
    return f"netbox {arguments}" if root == DEFAULT_ROOT else f"NETBOX_ROOT={root} netbox {arguments}"


def which_instance() -> str:
    """Return a sentence that says which instance this process uses, with a space before it; empty in a checkout."""
    root = instance_root()
    return f" This is the instance in {root}; set NETBOX_ROOT for another one." if root else ""


def missing_configuration() -> str:
    """Return the path of NetBox's configuration file if it is gone since this process read it; otherwise an empty text.

    Only for a wheel whose instance NETBOX_ROOT names: a module that NETBOX_CONFIGURATION names may lie anywhere.
    """
    if not is_wheel() or os.environ.get("NETBOX_CONFIGURATION"):
        return ""
    path = Path(settings.CONFIGURATION_DIR or "", "configuration.py")
    return "" if path.is_file() else str(path)


def installed_version() -> str:
    """Return the version of the NetBox on disk, or an empty text if it cannot be read; no database.

    It differs from the running NetBox's in a process that started before NetBox was upgraded. NetBox reads its
    release.yaml again with each call (utilities/release.py, all supported releases).
    """
    # This code may not be able to read a later release's file, or the file is being replaced at this moment.
    try:
        from utilities.release import load_release_data

        return str(load_release_data().version)
    except Exception:
        return ""
