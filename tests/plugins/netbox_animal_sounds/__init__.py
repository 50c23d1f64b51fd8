"""A plugin with every capability that NetBox documents for plugins, for all releases from 4.2 on.

One source tree: what an older release lacks is either in a module that it never loads, or is looked for where it is
used, with the release that has it in a comment.
"""

from __future__ import annotations

from netbox.plugins import PluginConfig


class AnimalSoundsConfig(PluginConfig):
    name = "netbox_animal_sounds"
    verbose_name = "Animal Sounds"
    description = "Keeps track of animals and of the sounds they make"
    version = "1.0"
    # Since 4.3; older releases do not look at it.
    release_track = "spring"
    author = "The NetBox Plugin Reloader authors"
    base_url = "animal-sounds"
    min_version = "4.2.0"
    max_version = "4.7.99"
    required_settings = ["loudness"]
    default_settings = {"greeting": "Moo"}
    middleware = ["netbox_animal_sounds.middleware.AnimalSoundsMiddleware"]
    queues = ["listening"]
    events_pipeline = ["netbox_animal_sounds.events.remember_events"]
    django_apps = ["animal_sounds_companion"]
    # From 4.6.2 on; older releases do not look at it.
    serializer_resolver = "api.resolver.resolve_serializer"

    def ready(self):
        super().ready()
        from . import (  # noqa: F401
            dashboard,
            event_types,
            features,
            jinja_env,
            jobs,
            request_processors,
            signals,
            table_columns,
            webhooks,
        )

    def get_jinja_context(self):
        """Return what every config template may use; called from 4.7 on."""
        from .models import Animal

        return {"animal_sounds": Animal.objects.all}


config = AnimalSoundsConfig
