"""The queries."""

from __future__ import annotations

import strawberry
import strawberry_django

from .types import AnimalType, SoundType


@strawberry.type(name="Query")
class AnimalSoundsQuery:
    animal: AnimalType = strawberry_django.field()
    animal_list: list[AnimalType] = strawberry_django.field()
    sound: SoundType = strawberry_django.field()
    sound_list: list[SoundType] = strawberry_django.field()


schema = [AnimalSoundsQuery]
