from __future__ import annotations

from core.models import ObjectType
from netbox.api.fields import ContentTypeField
from rest_framework import serializers


class OwnSerializer(serializers.Serializer):
    tagged = ContentTypeField(queryset=ObjectType.objects.with_feature("tags"), many=True)
    public = ContentTypeField(queryset=ObjectType.objects.public())
    read = ContentTypeField(read_only=True)
