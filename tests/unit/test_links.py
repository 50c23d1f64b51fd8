"""The relative links of the pages that GitHub and PyPI show lead somewhere; mkdocs looks after those of docs/."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINKS = [
    (page.name, target, anchor)
    for page in sorted(ROOT.glob("*.md"))
    for target, anchor in re.findall(r"\]\((?!https?://)([^)#]*)(?:#([^)]+))?\)", page.read_text(encoding="utf-8"))
]


def anchors(page):
    """Return the anchors that GitHub makes of the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_links_are_found():
    assert len(LINKS) >= 5


@pytest.mark.parametrize(("page", "target", "anchor"), LINKS)
def test_a_link_leads_somewhere(page, target, anchor):
    found = ROOT / (target or page)
    assert found.exists()
    assert not anchor or anchor in anchors(found)
