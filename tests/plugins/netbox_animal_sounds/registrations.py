"""All that a plugin registers from its ready(), each with the function or decorator that NetBox documents."""

from __future__ import annotations

from contextlib import contextmanager

import django_tables2
from dcim.tables import SiteTable
from django.db.models.signals import pre_save
from django.dispatch import receiver
from django.utils.html import format_html
from extras.dashboard.utils import register_widget
from extras.dashboard.widgets import DashboardWidget
from netbox import utils
from netbox.events import EVENT_TYPE_KIND_WARNING, EventType
from netbox.jobs import JobRunner, system_job
from netbox.utils import register_request_processor
from utilities.exceptions import AbortRequest
from utilities.tables import register_table_column

from .models import Animal

try:
    # From 4.4 on.
    from extras.webhooks import register_webhook_callback
except ImportError:

    def register_webhook_callback(function):
        return function


processed = []
EventType(name="animal_heard", text="Animal heard", kind=EVENT_TYPE_KIND_WARNING).register()
animals = django_tables2.ManyToManyColumn(verbose_name="Animals", accessor="animals")
register_table_column(animals, "animals", SiteTable)


@register_widget
class LoudestAnimalWidget(DashboardWidget):
    default_title = "Loudest animal"
    description = "Names the loudest of all animals"

    def render(self, request):
        animal = Animal.objects.restrict(request.user, "view").order_by("-loudness").first()
        return format_html("<p>{}</p>", animal or "nobody")


def makes_noise(model):
    return hasattr(model, "get_species_color")


# From 4.4 on.
if hasattr(utils, "register_model_feature"):
    utils.register_model_feature("noise", makes_noise)


@system_job(interval=60)
class CountAnimalsJob(JobRunner):
    class Meta:
        name = "Count the animals"

    def run(self, *args, **kwargs):
        self.job.data = {"animals": Animal.objects.count()}


@register_request_processor
@contextmanager
def listen(request):
    processed.append(request.path)
    yield


@receiver(pre_save, sender=Animal, dispatch_uid="netbox_animal_sounds_refuse_dragons")
def refuse_dragons(sender, instance, **kwargs):
    """Refuse a request, as a plugin may from anywhere."""
    if instance.name == "Dragon":
        raise AbortRequest("A dragon makes no sound.")


@register_webhook_callback
def add_animal_sounds(object_type, event_type, data, request):
    return {"netbox_animal_sounds": {"event_type": event_type}}
