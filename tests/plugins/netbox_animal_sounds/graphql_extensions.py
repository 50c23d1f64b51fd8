"""A field and a filter added to one of NetBox's own GraphQL types. NetBox loads this module from 4.7 on.

Nothing here may import NetBox's own GraphQL types, which are not built yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry
import strawberry_django
from django.db.models import Q
from utilities.querysets import RestrictedPrefetch

from .models import Animal

if TYPE_CHECKING:
    from .graphql.types import AnimalType


@strawberry.type
class SiteTypeExtension:
    models = ["dcim.site"]

    @strawberry_django.field(
        prefetch_related=lambda info: RestrictedPrefetch(
            "animals", info.context.request.user, "view", queryset=Animal.objects.all()
        )
    )
    def animals(self) -> list[Annotated[AnimalType, strawberry.lazy("netbox_animal_sounds.graphql.types")]]:
        return self.animals.all()


@strawberry.type
class SiteFilterExtension:
    models = ["dcim.site"]

    @strawberry_django.filter_field()
    def has_animals(self, value: bool, prefix) -> Q:
        return Q(**{f"{prefix}animals__isnull": not value})


type_extensions = [SiteTypeExtension]
filter_extensions = [SiteFilterExtension]
