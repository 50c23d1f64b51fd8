"""A dashboard widget."""

from __future__ import annotations

from django.utils.html import format_html
from extras.dashboard.utils import register_widget
from extras.dashboard.widgets import DashboardWidget

from .models import Animal


@register_widget
class LoudestAnimalWidget(DashboardWidget):
    default_title = "Loudest animal"
    description = "Names the loudest of all animals"

    def render(self, request):
        animal = Animal.objects.restrict(request.user, "view").order_by("-loudness").first()
        return format_html("<p>{}</p>", animal or "nobody")
