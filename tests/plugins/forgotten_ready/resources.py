from __future__ import annotations

search_indexes = []
