"""The serializers, which NetBox also looks up here by the names of the models."""

from __future__ import annotations

from dcim.api.serializers import SiteSerializer
from netbox.api.serializers import NetBoxModelSerializer

from netbox_animal_sounds.models import MORE_MODELS, Animal, Echo, Sound


class AnimalSerializer(NetBoxModelSerializer):
    site = SiteSerializer(nested=True, required=False, allow_null=True)

    class Meta:
        model = Animal
        brief_fields = ("id", "url", "display", "name")
        fields = (*brief_fields, "species", "loudness", "site", "comments", "tags", "custom_fields", "created")


class SoundSerializer(NetBoxModelSerializer):
    animal = AnimalSerializer(nested=True)

    class Meta:
        model = Sound
        fields = ("id", "url", "display", "animal", "name", "description", "tags", "custom_fields")
        brief_fields = ("id", "url", "display", "name")


class EchoSerializer(NetBoxModelSerializer):
    """A private model has no URL."""

    url = None

    class Meta:
        model = Echo
        fields = ("id", "display", "delay")
        brief_fields = ("id", "display")


if MORE_MODELS:
    # NetBox looks them up by these names when it logs a change.
    from netbox.api.serializers import (
        NestedGroupModelSerializer,
        OrganizationalModelSerializer,
        PrimaryModelSerializer,
    )

    from netbox_animal_sounds.more_models import Barn, Breed, Herd

    class BarnSerializer(PrimaryModelSerializer):
        class Meta:
            model = Barn
            fields = ("id", "display", "name", "description", "owner", "comments", "tags", "custom_fields")
            brief_fields = ("id", "display", "name")

    class BreedSerializer(OrganizationalModelSerializer):
        class Meta:
            model = Breed
            fields = ("id", "display", "name", "slug", "description", "owner", "comments", "tags", "custom_fields")
            brief_fields = ("id", "display", "name")

    class HerdSerializer(NestedGroupModelSerializer):
        class Meta:
            model = Herd
            fields = ("id", "display", "name", "slug", "description", "owner", "comments", "tags", "custom_fields")
            brief_fields = ("id", "display", "name")


class ResolvedEchoSerializer(EchoSerializer):
    """What the serializer resolver answers with."""
