from __future__ import annotations

from django.db import models
from netbox.models import NetBoxModel


class Accompanied(NetBoxModel):
    """A model with NetBox's features."""

    name = models.CharField(max_length=50)

    class Meta:
        ordering = ("name",)

    def __str__(self):
        return self.name


class Bare(models.Model):
    """A model without any feature."""

    name = models.CharField(max_length=50)

    class Meta:
        ordering = ("name",)

    def __str__(self):
        return self.name
