"""The icon is what NetBox's catalogue takes: square, transparent, 48 to 500 pixels, with its licence beside it."""

from __future__ import annotations

import struct
from pathlib import Path
from xml.etree import ElementTree

IMAGES = Path(__file__).parents[2] / "docs" / "images"
RGBA = 6


def test_the_icon_is_square_and_transparent():
    data = (IMAGES / "icon.png").read_bytes()
    width, height, _, colour = struct.unpack(">IIBB", data[16:26])
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert width == height
    assert 48 <= width <= 500
    assert colour == RGBA
    view_box = ElementTree.parse(IMAGES / "icon.svg").getroot().attrib["viewBox"].split()
    assert view_box == ["0", "0", "256", "256"]


def test_the_icons_licence_lies_beside_it():
    assert "CC-BY-4.0" in (IMAGES / "icon.LICENSE.txt").read_text(encoding="utf-8")
