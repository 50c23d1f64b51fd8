"""The API gives superusers, and nobody else, the report as JSON, runs a pass on request, and describes both."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator
from rest_framework.test import APIClient

from netbox_plugin_reloader.api import serializers, views
from netbox_plugin_reloader.compat import UnsupportedNetBoxVersion
from netbox_plugin_reloader.processes.following import Waited
from netbox_plugin_reloader.recycle import requests as recycle_requests
from netbox_plugin_reloader.recycle.requests import RecycleRequest
from netbox_plugin_reloader.repair import reload_pass as reload
from netbox_plugin_reloader.startup import on_request
from tests.netbox.examples import REPORT, announcement

pytestmark = pytest.mark.django_db

NAMESPACE = "plugins-api:netbox_plugin_reloader-api"
# Up to 4.3 NetBox's URLconf needs the database, so nothing is reversed here.
ROOT = "/api/plugins/plugin-reloader/"
NAMES = ("processes", "recycle", "reload", "status")
PROCESSES, RECYCLE, RELOAD, STATUS = (f"{ROOT}{name}/" for name in NAMES)


@pytest.fixture
def superuser():
    """Return a superuser's client; tests/netbox/test_security.py asks who else may do what."""
    client = APIClient()
    client.force_authenticate(get_user_model().objects.create_user("reloader", is_superuser=True))
    return client


def test_the_addresses():
    assert reverse(f"{NAMESPACE}:api-root") == ROOT
    assert [reverse(f"{NAMESPACE}:{name}") for name in NAMES] == [PROCESSES, RECYCLE, RELOAD, STATUS]


def test_the_roots_lead_to_them(superuser):
    assert superuser.get(reverse("plugins-api:api-root")).json()["plugin-reloader"] == f"http://testserver{ROOT}"
    assert superuser.get(ROOT).json() == {name: f"http://testserver{ROOT}{name}/" for name in NAMES}


def test_the_status_is_the_report_of_this_process(superuser):
    response = superuser.get(STATUS)
    assert response.status_code == 200
    assert response.json() == on_request.current_report().as_dict()


def test_reload_runs_a_pass_and_compares_the_rows(superuser, monkeypatch):
    occasions = []
    monkeypatch.setattr(on_request, "repair_rows", occasions.append)
    before = reload.latest_report()
    response = superuser.post(RELOAD)
    assert response.status_code == 200
    assert reload.latest_report() is not before
    assert occasions == ["when run again"]
    assert response.json()["report"] == on_request.current_report().as_dict()


def test_reload_has_all_processes_follow_and_lists_them(superuser, monkeypatch):
    waited = []
    process = announcement(4711, generation=6)
    monkeypatch.setattr(views, "run_everywhere", lambda asked: (REPORT, 7))
    monkeypatch.setattr(views, "wait_for", lambda *arguments: waited.append(arguments) or Waited([process], [], []))
    answer = superuser.post(RELOAD, {"wait": 1.5}, format="json").json()
    assert waited == [(7, 1.5)]
    assert answer["generation"] == 7
    assert [(found["host"], found["pid"], found["state"]) for found in answer["processes"]] == [
        ("netbox-1", 4711, "behind")
    ]
    superuser.post(RELOAD)
    assert waited[1:] == [(7, 0.0)]


@pytest.mark.parametrize("wait", [-1, 61, "soon"])
def test_reload_does_not_wait_for_ever(superuser, wait):
    response = superuser.post(RELOAD, {"wait": wait}, format="json")
    assert response.status_code == 400
    assert list(response.json()) == ["wait"]


def test_the_processes_are_listed(superuser, monkeypatch):
    monkeypatch.setattr(views, "announced", lambda: [announcement(4711, plugins={"one": "1.0"})])
    monkeypatch.setattr(views, "current_generation", lambda: None)
    answer = superuser.get(PROCESSES).json()
    assert answer["generation"] is None
    (process,) = answer["processes"]
    assert (process["state"], process["plugins"]) == ("other plugins", {"one": "1.0"})


def test_other_workers_are_asked_for_and_it_is_told_how_that_ended(superuser, monkeypatch):
    asked = []

    def begin(*who):
        asked.append(who)
        return RecycleRequest(*who)

    monkeypatch.setattr(recycle_requests, "recycle_in_background", begin)
    response = superuser.post(RECYCLE, REMOTE_ADDR="192.0.2.1")
    assert (response.status_code, response.json()["state"]) == (202, "running")
    assert asked == [("reloader", "REST API", "192.0.2.1")]
    monkeypatch.setattr(recycle_requests, "last_request", lambda: None)
    assert superuser.get(RECYCLE).status_code == 404
    monkeypatch.setattr(
        recycle_requests, "last_request", lambda: RecycleRequest("admin", "command", state="failed", text="why")
    )
    assert superuser.get(RECYCLE).json()["text"] == "why"


def test_where_the_configuration_does_not_allow_it_it_is_refused(superuser):
    response = superuser.post(RECYCLE)
    assert response.status_code == 409
    assert "['recycle_workers'] is not True" in response.json()["detail"]


def test_without_a_report_there_is_a_sentence(superuser, monkeypatch):
    monkeypatch.setattr(views, "current_report", lambda: None)
    response = superuser.get(STATUS)
    assert response.status_code == 503
    assert response.json()["detail"].startswith("No reload pass has succeeded in this process yet")


def test_on_an_unsupported_netbox_there_is_a_sentence(superuser, monkeypatch):
    monkeypatch.setattr("netbox_plugin_reloader.compat.running_version", lambda: "3.7.8")
    response = superuser.post(RELOAD)
    assert response.status_code == 503
    assert response.json()["detail"] == f"{UnsupportedNetBoxVersion('3.7.8')}; nothing is changed."


PROCESS = announcement(4711, generation=None)
BODY = {"generation": 7, "processes": [PROCESS.with_state(7)]}
RECYCLED = RecycleRequest("admin", "command", state="refused", text="why").as_dict()
ERROR = {"detail": "why"}
# What a serializer is called in the schema. The one of a request has a default.
ANSWERED = {name.removesuffix("Serializer") for name in vars(serializers) if name.startswith("PluginReloader")}
ANSWERED.remove("PluginReloaderWait")
ANSWERS = {
    (STATUS, "get"): {"200": REPORT.as_dict(), "503": ERROR},
    (RELOAD, "post"): {"200": {**BODY, "report": REPORT.as_dict()}, "503": ERROR},
    (PROCESSES, "get"): {"200": {**BODY, "generation": None}},
    (RECYCLE, "get"): {"200": RECYCLED, "404": ERROR},
    (RECYCLE, "post"): {"202": RECYCLED, "409": ERROR},
}


def test_netboxs_schema_describes_them():
    schema = SchemaGenerator().get_schema(public=True)
    components = schema["components"]
    for name in ANSWERED:
        component = components["schemas"][name]
        assert set(component["required"]) == component["properties"].keys(), name
        component["additionalProperties"] = False
        for described in component["properties"].values():
            # OpenAPI 3.0 says in its own way, and not in that of JSON schemas, that there may be no value.
            if described.pop("nullable", False):
                described["type"] = [described["type"], "null"]
    operations = {
        (path, method): operation
        for path, methods in schema["paths"].items()
        if "plugin-reloader" in path
        for method, operation in methods.items()
    }
    assert operations.keys() == ANSWERS.keys()
    for key, answers in ANSWERS.items():
        operation = operations[key]
        assert operation["tags"] == ["plugins"]
        assert operation["description"]
        assert ("requestBody" in operation) is (key == (RELOAD, "post"))
        assert operation["responses"].keys() == answers.keys()
        for status, answer in answers.items():
            described = operation["responses"][status]["content"]["application/json"]["schema"]
            validator = Draft202012Validator({**described, "components": components})
            validator.validate(answer)
            assert not validator.is_valid({**answer, "more": 1}), (key, status)


def test_the_serializer_changes_nothing():
    report = REPORT.as_dict()
    assert serializers.PluginReloaderReportSerializer(report).data == report
