from __future__ import annotations

from django.http import JsonResponse
from django.urls import path

from netbox_plugin_reloader.recycle.requests import last_request, recycle_in_background


def ask(request):
    return JsonResponse(recycle_in_background("somebody", "page", "").as_dict())


def last(request):
    found = last_request()
    return JsonResponse(found.as_dict() if found else {})


urlpatterns = [path("ask/", ask, name="ask"), path("last/", last, name="last")]
