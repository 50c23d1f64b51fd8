from __future__ import annotations

import named
from django.db import models
from netbox.models import NetBoxModel


class Nameless(models.Model):
    """Nothing refers to it, so that Django itself need not ask for its name."""

    name = models.CharField(max_length=50)

    def __str__(self):
        return self.name


class Named(named.Named, NetBoxModel):
    pass
