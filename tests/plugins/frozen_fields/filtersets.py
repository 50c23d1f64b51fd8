from __future__ import annotations

import django_filters
from core.models import ObjectType


class OwnFilterSet(django_filters.FilterSet):
    tagged = django_filters.ModelMultipleChoiceFilter(queryset=ObjectType.objects.with_feature("tags"))
