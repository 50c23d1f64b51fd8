"""Pages for everybody, as JSON: make a model, delete it, and see what the answering process knows."""

from __future__ import annotations

import os

from django.http import JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from .described import delete_model, known_here, make_model


@csrf_exempt
def make(request, name):
    make_model(name)
    return JsonResponse({"pid": os.getpid()})


@csrf_exempt
def delete(request, name):
    delete_model(name)
    return JsonResponse({"pid": os.getpid()})


def known(request):
    return JsonResponse(known_here())


urlpatterns = [
    path("make/<slug:name>/", make, name="make"),
    path("delete/<slug:name>/", delete, name="delete"),
    path("known/", known, name="known"),
]
