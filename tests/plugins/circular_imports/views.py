from __future__ import annotations

from django.http import HttpResponse
from django.views.generic import View


class Round:
    word = "round"


from .forms import RoundForm  # noqa: E402


class RoundView(View):
    def get(self, request):
        return HttpResponse(RoundForm.word)
