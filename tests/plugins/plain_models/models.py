from __future__ import annotations

from django.db import models
from netbox.models import NetBoxModel
from netbox.models.features import ContactsMixin, ImageAttachmentsMixin, JobsMixin, SyncedDataMixin


class Everything(ContactsMixin, ImageAttachmentsMixin, JobsMixin, SyncedDataMixin, NetBoxModel):
    """Every model feature there is."""

    name = models.CharField(max_length=50)

    class Meta:
        ordering = ("name",)
        permissions = (("polish_everything", "Polish everything"),)

    def __str__(self):
        return self.name

    def sync_data(self):
        self.name = self.data_file.path


class Hidden(NetBoxModel):
    """NetBox never offers a private model."""

    _netbox_private = True

    name = models.CharField(max_length=50)

    class Meta:
        ordering = ("name",)

    def __str__(self):
        return self.name


class Plain(models.Model):
    """A model without any feature."""

    name = models.CharField(max_length=50)

    class Meta:
        ordering = ("name",)

    def __str__(self):
        return self.name
