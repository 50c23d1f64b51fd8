"""A management command: every animal says its name."""

from __future__ import annotations

from django.core.management.base import BaseCommand

from netbox_animal_sounds.models import Animal


class Command(BaseCommand):
    help = "Have every animal say its name."

    def handle(self, *args, **options):
        for animal in Animal.objects.all():
            self.stdout.write(animal.name)
