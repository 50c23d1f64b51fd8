from __future__ import annotations

from django.db import models


class Description(models.Model):
    """A model that is to be: its name in lower case."""

    name = models.CharField(max_length=50, unique=True)
