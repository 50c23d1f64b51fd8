from __future__ import annotations

menu_items = ()
