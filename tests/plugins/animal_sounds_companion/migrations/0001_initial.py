from __future__ import annotations

from django.db import migrations
from netbox_animal_sounds.as_they_are import create

from animal_sounds_companion.models import Frequency, Microphone


class Migration(migrations.Migration):
    initial = True

    dependencies = [("extras", "0122_charfield_null_choices")]

    operations = [create(Microphone), create(Frequency)]
