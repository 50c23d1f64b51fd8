"""A dashboard widget with a configuration form."""

from __future__ import annotations

from django import forms
from django.utils.html import format_html
from extras.dashboard.utils import register_widget
from extras.dashboard.widgets import DashboardWidget, WidgetConfigForm

from .models import Animal


@register_widget
class LoudestAnimalWidget(DashboardWidget):
    default_title = "Loudest animal"
    description = "Names the loudest of all animals"
    default_config = {"greeting": "Moo"}

    class ConfigForm(WidgetConfigForm):
        greeting = forms.CharField()

    def render(self, request):
        animal = Animal.objects.restrict(request.user, "view").order_by("-loudness").first()
        return format_html("<p>{}, {}</p>", self.config["greeting"], animal or "nobody")
