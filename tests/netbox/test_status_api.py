"""The API gives superusers, and nobody else, the report as JSON, runs a pass on request, and describes both."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient
from users.models import Token

from netbox_plugin_reloader import reload, startup
from netbox_plugin_reloader.api import views
from netbox_plugin_reloader.api.serializers import PluginReloaderReportSerializer
from netbox_plugin_reloader.compat import UnsupportedNetBoxVersion
from tests.netbox.test_status_page import REPORT

pytestmark = pytest.mark.django_db

NAMESPACE = "plugins-api:netbox_plugin_reloader-api"
# Up to 4.3 NetBox's URLconf needs the database, so nothing is reversed here.
ROOT = "/api/plugins/plugin-reloader/"
STATUS, RELOAD = f"{ROOT}status/", f"{ROOT}reload/"


@pytest.fixture
def client_of():
    """Return a function that gives a client with a token of a new user."""

    def client_of(write_enabled=True, **user):
        owner = get_user_model().objects.create_user("reloader", **user)
        token = Token(user=owner, write_enabled=write_enabled)
        token.save()
        client = APIClient()
        # A token of version 2 (NetBox 4.5 and later) is shown only when it is made.
        header = token.get_auth_header_prefix() + token.token if hasattr(token, "token") else f"Token {token.key}"
        client.credentials(HTTP_AUTHORIZATION=header)
        return client

    return client_of


@pytest.fixture
def superuser(client_of):
    return client_of(is_superuser=True)


def test_the_addresses():
    assert [reverse(f"{NAMESPACE}:{name}") for name in ("api-root", "status", "reload")] == [ROOT, STATUS, RELOAD]


def test_the_roots_lead_to_them(superuser):
    assert superuser.get(reverse("plugins-api:api-root")).json()["plugin-reloader"] == f"http://testserver{ROOT}"
    assert superuser.get(ROOT).json() == {
        "reload": f"http://testserver{RELOAD}",
        "status": f"http://testserver{STATUS}",
    }


def test_the_status_is_the_report_of_this_process(superuser):
    response = superuser.get(STATUS)
    assert response.status_code == 200
    assert response.json() == reload.complete_report().as_dict()


def test_reload_runs_a_pass_and_compares_the_rows(superuser, monkeypatch):
    occasions = []
    monkeypatch.setattr(startup, "_repair_rows", occasions.append)
    before = reload.latest_report()
    response = superuser.post(RELOAD)
    assert response.status_code == 200
    assert reload.latest_report() is not before
    assert occasions == ["when run again"]
    assert response.json() == reload.complete_report().as_dict()


def test_other_methods_are_refused(superuser):
    assert superuser.get(RELOAD).status_code == 405
    assert superuser.post(STATUS).status_code == 405


def test_a_session_of_a_superuser_will_do_as_well():
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(get_user_model().objects.create_user("reloader", is_superuser=True))
    assert client.get(STATUS).status_code == 200
    # NetBox's pages for its API.
    for path, status in ((ROOT, 200), (STATUS, 200), (RELOAD, 405)):
        assert client.get(path, headers={"Accept": "text/html"}).status_code == status
    # It needs Django's token against forged requests.
    assert client.post(RELOAD).status_code == 403


def test_a_token_that_is_read_only_runs_no_pass(client_of, monkeypatch):
    monkeypatch.setattr(views, "run_again", None)
    client = client_of(is_superuser=True, write_enabled=False)
    assert client.get(STATUS).status_code == 200
    assert client.post(RELOAD).status_code == 403


def test_a_token_of_an_ordinary_user_is_refused(client_of, monkeypatch):
    monkeypatch.setattr(views, "run_again", None)
    client = client_of()
    assert client.get(ROOT).status_code == 403
    assert client.get(STATUS).status_code == 403
    assert client.post(RELOAD).status_code == 403


@pytest.mark.parametrize("login_required", [True, False])
def test_nobody_is_refused(settings, monkeypatch, login_required):
    monkeypatch.setattr(views, "run_again", None)
    settings.LOGIN_REQUIRED = login_required
    for client in (APIClient(), APIClient(HTTP_AUTHORIZATION="Token nonsense")):
        assert client.get(STATUS).status_code in (401, 403)
        assert client.post(RELOAD).status_code in (401, 403)


def test_without_a_report_there_is_a_sentence(superuser, monkeypatch):
    monkeypatch.setattr(views, "complete_report", lambda: None)
    response = superuser.get(STATUS)
    assert response.status_code == 503
    assert response.json()["detail"].startswith("No reload pass has succeeded in this process yet")


def test_on_an_unsupported_netbox_there_is_a_sentence(superuser, monkeypatch):
    monkeypatch.setattr(reload, "running_version", lambda: "3.7.8")
    response = superuser.post(RELOAD)
    assert response.status_code == 503
    assert response.json()["detail"] == f"{UnsupportedNetBoxVersion('3.7.8')}."


def matches(value, description, components):
    """Return whether ``value`` is what the schema describes, with all properties there and no others."""
    if "$ref" in description:
        description = components[description["$ref"].rpartition("/")[2]]
    if "allOf" in description:
        return all(matches(value, part, components) for part in description["allOf"])
    if "enum" in description and value not in description["enum"]:
        return False
    if description["type"] == "object":
        properties = description["properties"]
        return value.keys() == properties.keys() == set(description["required"]) and all(
            matches(value[name], properties[name], components) for name in properties
        )
    if description["type"] == "array":
        return isinstance(value, list) and all(matches(item, description["items"], components) for item in value)
    return isinstance(value, {"string": str, "integer": int, "number": float}[description["type"]])


def test_netboxs_schema_describes_both():
    schema = SchemaGenerator().get_schema(public=True)
    components = schema["components"]["schemas"]
    operations = {path: methods for path, methods in schema["paths"].items() if "plugin-reloader" in path}
    assert {path: list(methods) for path, methods in operations.items()} == {STATUS: ["get"], RELOAD: ["post"]}
    for operation in (operations[STATUS]["get"], operations[RELOAD]["post"]):
        assert operation["tags"] == ["plugins"]
        assert operation["description"]
        assert "requestBody" not in operation
        assert set(operation["responses"]) == {"200", "503"}
        described = operation["responses"]["200"]["content"]["application/json"]["schema"]
        assert described == {"$ref": "#/components/schemas/PluginReloaderReport"}
        assert matches(REPORT.as_dict(), described, components)
        error = operation["responses"]["503"]["content"]["application/json"]["schema"]
        assert matches({"detail": "why"}, error, components)
        assert not matches({"detail": 1}, error, components)
    assert not [name for name in components if name.startswith("PluginReloader") and name.endswith("Request")]


def test_the_serializer_changes_nothing():
    report = REPORT.as_dict()
    assert PluginReloaderReportSerializer(report).data == report
