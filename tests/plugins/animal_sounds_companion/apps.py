from __future__ import annotations

from django.apps import AppConfig


class AnimalSoundsCompanionConfig(AppConfig):
    name = "animal_sounds_companion"
    verbose_name = "Animal sounds companion"
