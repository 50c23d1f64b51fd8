"""Models of NetBox's three classes beside NetBoxModel, one each. Loaded from 4.5 on."""

from __future__ import annotations

from django.contrib.contenttypes.fields import GenericForeignKey
from django.db import models
from netbox.models import NestedGroupModel, OrganizationalModel, PrimaryModel


class Barn(PrimaryModel):
    """With a generic relation: a barn stands on a site, or is there for one animal."""

    name = models.CharField(max_length=50, unique=True)
    place_type = models.ForeignKey("contenttypes.ContentType", models.PROTECT, related_name="+", blank=True, null=True)
    place_id = models.PositiveBigIntegerField(blank=True, null=True)
    place = GenericForeignKey("place_type", "place_id")

    class Meta:
        ordering = ("name",)

    def __str__(self):
        return self.name


class Breed(OrganizationalModel):
    class Meta(OrganizationalModel.Meta):
        verbose_name = "breed"


class Herd(NestedGroupModel):
    """Herds in herds. Kept by MPTT on every release, also where NetBox's own groups are no longer."""
