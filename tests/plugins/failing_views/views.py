from __future__ import annotations

from django.views.generic import View
from utilities.views import register_model_view

import failing_views

from .models import Failing


@register_model_view(Failing, "once")
class OnceView(View):
    pass


if failing_views.fail:
    raise RuntimeError("these views cannot be imported now")
