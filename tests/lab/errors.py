"""What can go wrong in the lab: each error's text is the one sentence its user sees."""

from __future__ import annotations


class LabError(Exception):
    """Something the lab needs is missing, wrong or cannot be made."""

    exit_status = 1


class NetBoxUnavailable(LabError):
    """NetBox's repository or the package index cannot be reached, so nothing about the project itself was shown."""

    exit_status = 3
