"""Models of NetBox's three classes beside NetBoxModel, one each. Loaded from 4.5 on."""

from __future__ import annotations

from django.db import models
from netbox.models import NestedGroupModel, OrganizationalModel, PrimaryModel


class Barn(PrimaryModel):
    name = models.CharField(max_length=50, unique=True)

    class Meta:
        ordering = ("name",)

    def __str__(self):
        return self.name


class Breed(OrganizationalModel):
    class Meta(OrganizationalModel.Meta):
        verbose_name = "breed"


class Herd(NestedGroupModel):
    """Herds in herds. Kept by MPTT on every release, also where NetBox's own groups are no longer."""
