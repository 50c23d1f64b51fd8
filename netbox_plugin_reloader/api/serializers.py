"""The shape of a report for NetBox's OpenAPI schema: the fields of ``report``'s tuples, name by name.

A component of the schema is named after its serializer's class. All plugins share these names, so ours have a prefix.
"""

from __future__ import annotations

from rest_framework import serializers

from ..processes.announcements import STATES
from ..processes.host import KINDS
from ..recycle.requests import STATES as REQUEST_STATES
from ..report import Kind


class PluginReloaderRowSerializer(serializers.Serializer):  # type: ignore[misc]
    kind = serializers.ChoiceField(choices=[kind.value for kind in Kind])
    plugin = serializers.CharField()
    subject = serializers.CharField()
    names = serializers.ListField(child=serializers.CharField())


class PluginReloaderNeedsSerializer(serializers.Serializer):  # type: ignore[misc]
    min_version = serializers.CharField()
    max_version = serializers.CharField()
    required_settings = serializers.ListField(child=serializers.CharField())
    django_apps = serializers.ListField(child=serializers.CharField())


class PluginReloaderPluginSerializer(serializers.Serializer):  # type: ignore[misc]
    name = serializers.CharField()
    version = serializers.CharField()
    models = serializers.IntegerField()
    needs = PluginReloaderNeedsSerializer()


class PluginReloaderProcessSerializer(serializers.Serializer):  # type: ignore[misc]
    host = serializers.CharField()
    pid = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=KINDS)


class PluginReloaderImportStepSerializer(serializers.Serializer):  # type: ignore[misc]
    module = serializers.CharField()
    file = serializers.CharField()
    line = serializers.IntegerField()


class PluginReloaderEarlyImportSerializer(serializers.Serializer):  # type: ignore[misc]
    module = serializers.CharField()
    plugin = serializers.CharField()
    chain = PluginReloaderImportStepSerializer(many=True)


class PluginReloaderReportSerializer(serializers.Serializer):  # type: ignore[misc]
    netbox_version = serializers.CharField()
    strategy = serializers.CharField()
    version = serializers.CharField()
    process = PluginReloaderProcessSerializer()
    duration = serializers.FloatField()
    plugins = PluginReloaderPluginSerializer(many=True)
    early_imports = PluginReloaderEarlyImportSerializer(many=True)
    repairs = PluginReloaderRowSerializer(many=True)
    findings = PluginReloaderRowSerializer(many=True)
    conflicts = PluginReloaderRowSerializer(many=True)
    failures = PluginReloaderRowSerializer(many=True)
    format = serializers.IntegerField()


class PluginReloaderRunningProcessSerializer(serializers.Serializer):  # type: ignore[misc]
    host = serializers.CharField()
    pid = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=KINDS)
    server = serializers.CharField()
    master = serializers.IntegerField()
    generation = serializers.IntegerField(allow_null=True)
    started = serializers.FloatField()
    netbox_version = serializers.CharField()
    plugins = serializers.DictField(child=serializers.CharField())
    reload_file = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)


class PluginReloaderProcessesSerializer(serializers.Serializer):  # type: ignore[misc]
    generation = serializers.IntegerField(allow_null=True)
    processes = PluginReloaderRunningProcessSerializer(many=True)


class PluginReloaderReloadedSerializer(PluginReloaderProcessesSerializer):
    report = PluginReloaderReportSerializer()


class PluginReloaderWaitSerializer(serializers.Serializer):  # type: ignore[misc]
    wait = serializers.FloatField(
        min_value=0, max_value=60, default=0, help_text="How long to wait until all have followed, in seconds."
    )


class PluginReloaderRecycleSerializer(serializers.Serializer):  # type: ignore[misc]
    user = serializers.CharField()
    source = serializers.CharField()
    address = serializers.CharField()
    host = serializers.CharField()
    asked = serializers.FloatField()
    state = serializers.ChoiceField(choices=REQUEST_STATES)
    text = serializers.CharField()


class PluginReloaderErrorSerializer(serializers.Serializer):  # type: ignore[misc]
    detail = serializers.CharField()
