from __future__ import annotations

from named import Named
from netbox.models import NetBoxModel
from netbox.models.features import ContactsMixin, ImageAttachmentsMixin, JobsMixin, SyncedDataMixin


class Everything(ContactsMixin, ImageAttachmentsMixin, JobsMixin, SyncedDataMixin, Named, NetBoxModel):
    """Every model feature there is."""

    class Meta(Named.Meta):
        permissions = (("polish_everything", "Polish everything"),)

    def sync_data(self):
        self.name = self.data_file.path


class Hidden(Named, NetBoxModel):
    """NetBox never offers a private model."""

    _netbox_private = True


class Plain(Named):
    """A model without any feature."""
