"""The view sets."""

from __future__ import annotations

from netbox.api.viewsets import NetBoxModelViewSet

from netbox_animal_sounds.filtersets import AnimalFilterSet, SoundFilterSet
from netbox_animal_sounds.models import Animal, Sound

from .serializers import AnimalSerializer, SoundSerializer


class AnimalViewSet(NetBoxModelViewSet):
    queryset = Animal.objects.all()
    serializer_class = AnimalSerializer
    filterset_class = AnimalFilterSet


class SoundViewSet(NetBoxModelViewSet):
    # From 4.7.2 on; what it means before is that nothing looks at it.
    background_enabled = False

    queryset = Sound.objects.all()
    serializer_class = SoundSerializer
    filterset_class = SoundFilterSet


def further_viewset(further, serializer):
    """Return the view set of one of the further models; the form of a herd asks it for the parents there are."""

    class FurtherViewSet(NetBoxModelViewSet):
        queryset = further.objects.all()
        serializer_class = serializer

    return FurtherViewSet
