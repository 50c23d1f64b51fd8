"""Refusing a request, as a plugin may from anywhere by AbortRequest."""

from __future__ import annotations

from django.db.models.signals import pre_save
from django.dispatch import receiver
from utilities.exceptions import AbortRequest

from .models import Animal


@receiver(pre_save, sender=Animal, dispatch_uid="netbox_animal_sounds_refuse_dragons")
def refuse_dragons(sender, instance, **kwargs):
    if instance.name == "Dragon":
        raise AbortRequest("A dragon makes no sound.")
