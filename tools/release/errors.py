"""What can go wrong in a release: each error's text is the one sentence its user sees."""

from __future__ import annotations


class ReleaseError(Exception):
    """Something a release needs is missing, or is not what it must be."""
