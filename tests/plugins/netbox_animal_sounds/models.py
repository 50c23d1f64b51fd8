"""Models with every model feature, a relation between two of them and to NetBox's own, and a private model."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from netbox.models import NetBoxModel
from netbox.models.features import ContactsMixin, ImageAttachmentsMixin, JobsMixin, SyncedDataMixin

from .choices import SpeciesChoices


class Animal(ContactsMixin, ImageAttachmentsMixin, JobsMixin, SyncedDataMixin, NetBoxModel):
    """Every model feature there is, and a permission beyond the usual four."""

    name = models.CharField(max_length=50, unique=True)
    species = models.CharField(max_length=50, choices=SpeciesChoices, default=SpeciesChoices.COW)
    loudness = models.PositiveSmallIntegerField(default=1)
    site = models.ForeignKey("dcim.Site", on_delete=models.SET_NULL, related_name="animals", blank=True, null=True)
    comments = models.TextField(blank=True)

    clone_fields = ("species", "loudness", "site")

    class Meta:
        ordering = ("name",)
        permissions = (("feed", "Feed animals"),)

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        """NetBox 4.2.0 does not find the views of a plugin by itself, as later releases do."""
        return reverse("plugins:netbox_animal_sounds:animal", args=[self.pk])

    def get_species_color(self):
        return SpeciesChoices.colors.get(self.species)

    def sync_data(self):
        self.comments = self.data_file.data_as_string


class Sound(NetBoxModel):
    """A model that needs another: NetBox offers to add an animal first."""

    animal = models.ForeignKey(Animal, on_delete=models.CASCADE, related_name="sounds")
    name = models.CharField(max_length=50)
    description = models.CharField(max_length=200, blank=True)

    prerequisite_models = ("netbox_animal_sounds.Animal",)

    class Meta:
        ordering = ("animal", "name")

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("plugins:netbox_animal_sounds:sound", args=[self.pk])

    def update_dependent_objects(self):
        """Make the echo that belongs to each sound, for whoever wrote it past ``save()``. Looked for from 4.7.2 on."""
        Echo.objects.get_or_create(sound_id=self.pk)

    update_dependent_objects.alters_data = True


class Echo(NetBoxModel):
    """A private model, which NetBox never offers, and which has no views of its own."""

    _netbox_private = True

    sound = models.ForeignKey(Sound, on_delete=models.CASCADE, related_name="echoes")
    delay = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering = ("sound", "delay")
        verbose_name_plural = "echoes"

    def __str__(self):
        return f"{self.sound} after {self.delay} s"

    def get_absolute_url(self):
        return self.sound.get_absolute_url()


try:
    # These classes belong to the API for plugins from 4.5 on, which is when they got an owner.
    from netbox.models.mixins import OwnerMixin  # noqa: F401
except ImportError:
    MORE_MODELS = ()
else:
    from .more_models import Barn, Breed, Herd

    MORE_MODELS = (Barn, Breed, Herd)
