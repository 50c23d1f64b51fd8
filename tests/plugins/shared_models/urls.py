"""Pages for everybody, as JSON: make a model, see what the answering process knows, and what a job's process knows."""

from __future__ import annotations

import os

from core.models import Job
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


@csrf_exempt
def begin(request):
    from .jobs import KnownThere

    return JsonResponse({"job": KnownThere.enqueue().pk})


def job(request, pk):
    return JsonResponse({"data": Job.objects.get(pk=pk).data})


urlpatterns = [
    path("make/<slug:name>/", make, name="make"),
    path("delete/<slug:name>/", delete, name="delete"),
    path("known/", known, name="known"),
    path("jobs/", begin, name="begin"),
    path("jobs/<int:pk>/", job, name="job"),
]
