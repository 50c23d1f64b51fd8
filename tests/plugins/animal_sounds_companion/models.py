"""One model with NetBox's features, which only a plugin's own models get registered, and one without any."""

from __future__ import annotations

from django.db import models
from netbox.models import NetBoxModel


class Microphone(NetBoxModel):
    name = models.CharField(max_length=50, unique=True)

    class Meta:
        ordering = ("name",)

    def __str__(self):
        return self.name


class Frequency(models.Model):
    hertz = models.PositiveIntegerField(unique=True)

    class Meta:
        ordering = ("hertz",)
        verbose_name_plural = "frequencies"

    def __str__(self):
        return f"{self.hertz} Hz"
