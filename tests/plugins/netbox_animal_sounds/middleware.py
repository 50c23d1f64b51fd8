"""A middleware, which counts in a header how often it has seen the response."""

from __future__ import annotations

HEADER = "X-Animal-Sounds"


class AnimalSoundsMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response[HEADER] = str(int(response.get(HEADER, "0")) + 1)
        return response
