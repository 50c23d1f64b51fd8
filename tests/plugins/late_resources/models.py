from __future__ import annotations

from django.db import models
from netbox.models import NetBoxModel


class Resource(NetBoxModel):
    name = models.CharField(max_length=50)

    class Meta:
        ordering = ("name",)

    def __str__(self):
        return self.name
