"""The view sets."""

from __future__ import annotations

from netbox.api.viewsets import NetBoxModelViewSet


def viewset(of_model, serializer, filters=None):
    """Return the view set of a model; the form of a herd asks it for the parents there are."""

    class ViewSet(NetBoxModelViewSet):
        queryset = of_model.objects.all()
        serializer_class = serializer
        filterset_class = filters

    return ViewSet
