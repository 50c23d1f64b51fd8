from __future__ import annotations

from dcim.models import Site
from django.http import JsonResponse
from django.views.generic import View
from netbox.registry import registry
from utilities.views import register_model_view

NAME = "by-urls"


class AgainView(View):
    pass


def register():
    register_model_view(Site, NAME)(AgainView)


def count(request):
    """Say how often the view is registered while this request is answered."""
    names = [entry["name"] for entry in registry["views"]["dcim"]["site"]]
    return JsonResponse({"registered": names.count(NAME)})
