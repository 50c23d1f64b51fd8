from __future__ import annotations

from django import forms

from .views import Round


class RoundForm(Round, forms.Form):
    pass
