"""Filter sets, for lists, the REST API and, on 4.2, GraphQL."""

from __future__ import annotations

import django_filters
from dcim.models import Site
from django.db.models import Q
from netbox.filtersets import NetBoxModelFilterSet

from .choices import SpeciesChoices
from .models import Animal, Sound

try:
    # From 4.5 on: gives the filter form lookup modifiers.
    from utilities.filtersets import register_filterset
except ImportError:

    def register_filterset(filterset):
        return filterset


@register_filterset
class AnimalFilterSet(NetBoxModelFilterSet):
    species = django_filters.MultipleChoiceFilter(choices=SpeciesChoices)
    site_id = django_filters.ModelMultipleChoiceFilter(queryset=Site.objects.all())

    class Meta:
        model = Animal
        fields = ("id", "name", "loudness")

    def search(self, queryset, name, value):
        return queryset.filter(Q(name__icontains=value) | Q(comments__icontains=value))


@register_filterset
class SoundFilterSet(NetBoxModelFilterSet):
    animal_id = django_filters.ModelMultipleChoiceFilter(queryset=Animal.objects.all())

    class Meta:
        model = Sound
        fields = ("id", "name")

    def search(self, queryset, name, value):
        return queryset.filter(name__icontains=value)
