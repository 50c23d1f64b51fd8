"""The filters: from 4.3 on they name their fields, on 4.2 they take those of the filter set."""

from __future__ import annotations

import strawberry_django

from netbox_animal_sounds.filtersets import AnimalFilterSet, SoundFilterSet
from netbox_animal_sounds.models import Animal, Sound

try:
    from netbox.graphql.filter_mixins import BaseFilterMixin, autotype_decorator
except ImportError:
    try:
        # From 4.5 on.
        from netbox.graphql.filters import NetBoxModelFilter
    except ImportError:
        from netbox.graphql.filter_mixins import NetBoxModelFilterMixin as NetBoxModelFilter

    @strawberry_django.filter_type(Animal, lookups=True)
    class AnimalFilter(NetBoxModelFilter):
        name: str | None = strawberry_django.filter_field()
        loudness: int | None = strawberry_django.filter_field()

    @strawberry_django.filter_type(Sound, lookups=True)
    class SoundFilter(NetBoxModelFilter):
        name: str | None = strawberry_django.filter_field()

else:

    @strawberry_django.filter(Animal, lookups=True)
    @autotype_decorator(AnimalFilterSet)
    class AnimalFilter(BaseFilterMixin):
        pass

    @strawberry_django.filter(Sound, lookups=True)
    @autotype_decorator(SoundFilterSet)
    class SoundFilter(BaseFilterMixin):
        pass
