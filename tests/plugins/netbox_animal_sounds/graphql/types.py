"""The types, which NetBox also looks up here by the names of the models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry
import strawberry_django
from netbox.graphql.types import NetBoxObjectType

from netbox_animal_sounds.models import Animal, Sound

from .filters import AnimalFilter, SoundFilter

if TYPE_CHECKING:
    from dcim.graphql.types import SiteType


@strawberry_django.type(Animal, fields=("id", "name", "species", "loudness", "comments"), filters=AnimalFilter)
class AnimalType(NetBoxObjectType):
    site: Annotated[SiteType, strawberry.lazy("dcim.graphql.types")] | None
    sounds: list[SoundType]


@strawberry_django.type(Sound, fields=("id", "name", "description"), filters=SoundFilter)
class SoundType(NetBoxObjectType):
    animal: AnimalType
