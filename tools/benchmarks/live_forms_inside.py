"""A script for NetBox's Python: what making and rendering a form takes with NetBox's frozen queryset and a live one.

Both are measured alternately, because timings of different moments cannot be compared.
"""

from __future__ import annotations

import copy
import json
import statistics
import sys
import timeit
from typing import Any

from extras.forms import CustomFieldForm, TagForm

from netbox_plugin_reloader.compat import running_version, select
from netbox_plugin_reloader.repair.live_querysets import make_live

RENDERINGS = 60
FEATURES = {TagForm: {"object_types": "tags"}, CustomFieldForm: {"object_types": "custom_fields"}}


def with_queryset(form: Any, name: str, queryset: Any) -> Any:
    """Return a copy of a form's class whose field has its own queryset."""
    copied: Any = type(form.__name__, (form,), {"__module__": form.__module__})
    copied.base_fields = copy.deepcopy(form.base_fields)
    copied.base_fields[name].queryset = queryset
    return copied


def ratio(form: Any, name: str, feature: str) -> float:
    """Return how long the form takes with a live queryset, as part of what it takes with a frozen one."""
    from core.models import ObjectType

    frozen = ObjectType.objects.with_feature(feature)
    live = make_live(frozen, lambda labels: feature)
    assert live is not None
    assert set(live[0]) == set(frozen)
    forms = {"frozen": with_queryset(form, name, frozen), "live": with_queryset(form, name, live[0])}
    taken: dict[str, list[float]] = {kind: [] for kind in forms}
    for _ in range(RENDERINGS):
        for kind, each in forms.items():
            taken[kind].append(timeit.timeit("form().as_div()", globals={"form": each}, number=1))
    return statistics.median(taken["live"]) / statistics.median(taken["frozen"])


print(
    json.dumps(
        {
            form.__name__: [ratio(form, name, feature) for _ in range(int(sys.argv[1]))]
            for form, features in FEATURES.items()
            for name, feature in features.items()
            if select(running_version()).querysets_freeze
        }
    )
)
