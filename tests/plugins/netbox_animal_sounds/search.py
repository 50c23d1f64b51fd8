"""Search indexes: global search finds animals by name and comments, and sounds by name."""

from __future__ import annotations

from netbox.search import SearchIndex

from .models import Animal, Sound


class AnimalIndex(SearchIndex):
    model = Animal
    fields = (("name", 100), ("comments", 5000))
    display_attrs = ("species", "site")


class SoundIndex(SearchIndex):
    model = Sound
    fields = (("name", 100), ("description", 500))
    display_attrs = ("animal",)


indexes = [AnimalIndex, SoundIndex]
