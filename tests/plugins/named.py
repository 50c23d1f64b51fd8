"""What the models of most test plugins have, and no more: a name."""

from __future__ import annotations

from django.db import models


class Named(models.Model):
    name = models.CharField(max_length=50)

    class Meta:
        abstract = True
        ordering = ("name",)

    def __str__(self):
        return self.name
