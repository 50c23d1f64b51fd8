"""The tables, with no more of NetBox's migrations before them than 4.2.0 has."""

from __future__ import annotations

from django.db import migrations, models

from netbox_animal_sounds.initial_fields import foreign_key, netbox_fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0012_job_object_type_optional"),
        ("dcim", "0200_populate_mac_addresses"),
        ("extras", "0122_charfield_null_choices"),
    ]

    operations = [
        migrations.CreateModel(
            name="Animal",
            fields=[
                *netbox_fields(),
                ("data_path", models.CharField(blank=True, editable=False, max_length=1000)),
                ("auto_sync_enabled", models.BooleanField(default=False)),
                ("data_synced", models.DateTimeField(blank=True, editable=False, null=True)),
                ("data_file", foreign_key("core.datafile", models.SET_NULL)),
                ("data_source", foreign_key("core.datasource", models.PROTECT)),
                ("name", models.CharField(max_length=50, unique=True)),
                ("species", models.CharField(default="cow", max_length=50)),
                ("loudness", models.PositiveSmallIntegerField(default=1)),
                ("site", foreign_key("dcim.site", models.SET_NULL, "animals")),
                ("comments", models.TextField(blank=True)),
            ],
            options={"ordering": ("name",), "permissions": (("feed", "Feed animals"),)},
        ),
        migrations.CreateModel(
            name="Sound",
            fields=[
                *netbox_fields(),
                ("animal", foreign_key("netbox_animal_sounds.animal", models.CASCADE, "sounds", optional=False)),
                ("name", models.CharField(max_length=50)),
                ("description", models.CharField(blank=True, max_length=200)),
            ],
            options={"ordering": ("animal", "name")},
        ),
        migrations.CreateModel(
            name="Echo",
            fields=[
                *netbox_fields(),
                ("sound", foreign_key("netbox_animal_sounds.sound", models.CASCADE, "echoes", optional=False)),
                ("delay", models.PositiveSmallIntegerField(default=1)),
            ],
            options={"ordering": ("sound", "delay"), "verbose_name_plural": "echoes"},
        ),
    ]
