"""The pages of a model that does not exist when these are imported."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import path


def page(request, **kwargs):
    return HttpResponse("a page")


urlpatterns = [
    path("made/", page, name="made_list"),
    path("made/<int:pk>/", page, name="made"),
    path("made/<int:pk>/journal/", page, name="made_journal"),
    path("made/<int:pk>/changelog/", page, name="made_changelog"),
]
