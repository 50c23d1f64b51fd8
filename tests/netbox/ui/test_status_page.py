"""The status page shows superusers, and nobody else, what the passes of the answering process found and did."""

from __future__ import annotations

import re
import time
from html import unescape

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from netbox_plugin_reloader.compat import UnsupportedNetBoxVersion
from netbox_plugin_reloader.processes import announcements
from netbox_plugin_reloader.recycle import requests as recycle_requests
from netbox_plugin_reloader.recycle.requests import RecycleRequest
from netbox_plugin_reloader.repair import reload_pass as reload
from netbox_plugin_reloader.report import SKIPPED, Kind, PluginSummary, Row
from netbox_plugin_reloader.startup import on_request
from netbox_plugin_reloader.ui import views
from tests.netbox.examples import REPORT, announcement

pytestmark = pytest.mark.django_db

NAMESPACE = "plugins:netbox_plugin_reloader"
# Where NetBox puts a plugin's pages; up to 4.3 its URLconf needs the database, so nothing is reversed here.
STATUS = "/plugins/plugin-reloader/"
ROWS, RUN_AGAIN = f"{STATUS}rows/", f"{STATUS}run-again/"
CHANGED = 1_795_681_914_000_000
PROCESSES, RECYCLE = f"{STATUS}processes/", f"{STATUS}recycle/"


def page_of(name):
    return reverse(f"{NAMESPACE}:plugin", kwargs={"name": name})


PAGES = (STATUS, ROWS, PROCESSES, f"{STATUS}plugins/plain_models/")


@pytest.fixture
def superuser(client):
    # NetBox up to 4.4 has is_staff as well, and a superuser need not have it.
    user = get_user_model().objects.create_user("reloader", is_superuser=True)
    client.force_login(user)
    return client


@pytest.fixture
def ordinary(client):
    client.force_login(get_user_model().objects.create_user("ordinary"))
    return client


@pytest.fixture
def show(monkeypatch, superuser):
    """Return a function that gives the answer to ``path`` when the passes' report is another one."""

    def show(path, report=REPORT, **options):
        monkeypatch.setattr(views, "current_report", lambda: report)
        return superuser.get(path, **options)

    return show


def text(response):
    """Return what the page says between its header and its footer, without tags and with single spaces."""
    html = response.content.decode().partition('id="page-content"')[2].partition("<footer")[0]
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html)))


def lines(response):
    """Return the cells of each line of the page's table, without tags."""
    body = response.content.decode().rpartition("<tbody")[2].partition("</tbody>")[0]
    return [
        [unescape(re.sub(r"<[^>]*>", "", cell)).strip() for cell in re.findall(r"<td.*?>(.*?)</td>", row, re.DOTALL)]
        for row in re.findall(r"<tr.*?>(.*?)</tr>", body, re.DOTALL)
    ]


def test_the_addresses():
    assert [reverse(f"{NAMESPACE}:{name}") for name in ("status", "rows", "run_again")] == [STATUS, ROWS, RUN_AGAIN]
    assert page_of("plain_models") == PAGES[-1]


def test_it_shows_what_this_process_repaired(superuser):
    response = superuser.get(STATUS, {"per_page": 100})
    report = on_request.current_report()
    assert report.summary() in text(response)
    skipped = [row.plugin for row in report.findings if row.subject == SKIPPED]
    named = [*skipped, *(plugin.name for plugin in report.plugins)]
    assert sorted(line[0] for line in lines(response)) == sorted(named)
    assert {"late_models", "netbox_plugin_reloader"} <= {line[0] for line in lines(response)}
    subjects = {line[3] for line in lines(superuser.get(ROWS, {"per_page": 1000}))}
    assert subjects == {row.subject for row in (*report.unrepaired, *report.repairs)}


def test_a_line_counts_what_was_found_of_a_plugin_and_the_worst_comes_first(show):
    response = show(STATUS)
    assert lines(response) == [
        ["broken", "2.0", "4", "1", "1", "1", "", "1"],
        ["mended", "—", "2", "", "", "", "1", ""],
        ["healthy", "1.0", "3", "", "", "", "", ""],
    ]
    assert f'href="{page_of("broken")}"' in response.content.decode()
    assert text(response).index(REPORT.summary()) < text(response).index("In conflict Tell the author of the plugin.")
    for sentence in ("the web process 4711 on netbox-1", "broken: views broken.thing: edit", "Failed NetBox's log has"):
        assert sentence in text(response)


def test_unrepaired_rows_come_first_and_no_name_is_left_out(show):
    found = lines(show(ROWS))
    assert [line[0] for line in found] == ["Failed", "In conflict", "Not repaired", *["Repaired"] * 4]
    assert found[1][1:] == ["broken", "views", "broken.thing", "edit"]
    names = ", ".join(line[4] for line in found if line[1] == "netbox").split(", ")
    assert names == [f"menu-{number}" for number in range(45)]


def test_the_page_of_a_plugin_shows_what_it_needs_and_what_it_loaded_early(show):
    response = show(page_of("broken"))
    assert [line[0] for line in lines(response)] == ["Failed", "In conflict", "Not repaired"]
    for sentence in ("4.4.0", "4.7.99", "url, token", "companion", "extras.forms", "/broken/models.py:12"):
        assert sentence in text(response)
    assert lines(show(page_of("healthy"))) == [["— Nothing was wrong —"]]
    # What belongs to no single plugin.
    assert len(lines(show(page_of("netbox")))) == 3
    assert show(page_of("unknown")).status_code == 404
    assert show(page_of("broken"), None).status_code == 404


def test_a_report_of_many_models_is_shown_in_pages(show):
    plugins = tuple(PluginSummary(f"plugin_{number:03}", "1.0", 17) for number in range(300))
    labels = tuple(f"plugin_{number % 300:03}.model_{number}" for number in range(5000))
    by_plugin = [tuple(name for name in labels if name.startswith(plugin.name)) for plugin in plugins]
    report = REPORT._replace(
        plugins=plugins,
        findings=tuple(Row(Kind.OBJECT_TYPES, label.partition(".")[0], label, ("missing",)) for label in labels),
        repairs=(
            Row(Kind.SEARCH, "netbox", "search types", labels),
            *(
                Row(Kind.CHOICES, plugin.name, f"extras.forms.Form{number}.object_types", names)
                for number in range(45)
                for plugin, names in zip(plugins, by_plugin, strict=True)
            ),
        ),
    )
    for path, total in ((STATUS, 300), (ROWS, 18752), (page_of("plugin_001"), 62), (page_of("netbox"), 250)):
        started = time.process_time()
        response = show(path, report, data={"per_page": 50})
        assert time.process_time() - started < 1
        assert len(lines(response)) == 50
        assert f"Showing 1-50 of {total}" in text(response)
    assert len(lines(show(STATUS, report, data={"page": 6, "per_page": 50}))) == 50
    assert len(lines(show(STATUS, report, data={"page": "999", "per_page": "none"}))) == 50


def test_lines_can_be_sorted(show):
    assert [line[0] for line in lines(show(STATUS, data={"sort": "name"}))] == ["broken", "healthy", "mended"]
    assert [line[0] for line in lines(show(STATUS, data={"sort": "-models"}))] == ["broken", "healthy", "mended"]
    assert lines(show(ROWS, data={"sort": "-state"}))[0][0] == "Repaired"
    assert show(ROWS, data={"sort": "nonsense"}).status_code == 200


def test_htmx_gets_the_table_alone_and_boosted_links_the_page(show):
    partial = show(STATUS, headers={"HX-Request": "true"}).content.decode()
    assert partial.lstrip().startswith("<div")
    assert "<html" not in partial
    assert "broken" in partial
    assert "<html" in show(STATUS, headers={"HX-Request": "true", "HX-Boosted": "true"}).content.decode()


def test_a_superuser_sees_the_menu_item(superuser):
    html = superuser.get(reverse("home")).content.decode()
    assert html.count(f'"{STATUS}"') == 1
    assert "Plugin Reloader" in html


def test_nobody_else_sees_the_menu_item(ordinary, settings):
    settings.EXEMPT_VIEW_PERMISSIONS = ["*"]
    settings.LOGIN_REQUIRED = False
    for client in (ordinary, Client()):
        html = client.get(reverse("home")).content.decode()
        assert "/dcim/sites/" in html
        assert STATUS not in html


def test_run_again_runs_a_pass_and_compares_the_rows(superuser, monkeypatch):
    occasions = []
    monkeypatch.setattr(on_request, "repair_rows", occasions.append)
    before = reload.latest_report()
    response = superuser.post(RUN_AGAIN, follow=True)
    assert response.redirect_chain == [(STATUS, 302)]
    assert reload.latest_report() is not before
    assert occasions == ["when run again"]
    (message,) = response.context["messages"]
    assert str(message) == on_request.current_report().summary()


@pytest.mark.parametrize(
    ("report", "level"),
    [(REPORT, "warning"), (REPORT._replace(failures=(), conflicts=(), findings=()), "success")],
    ids=["something", "nothing"],
)
def test_run_again_says_whether_something_is_left(superuser, monkeypatch, report, level):
    monkeypatch.setattr(views, "run_everywhere", lambda asked: (report, 1))
    (message,) = superuser.post(RUN_AGAIN, follow=True).context["messages"]
    assert message.level_tag == level


def test_run_again_says_that_nobody_else_hears_of_it(superuser, monkeypatch):
    monkeypatch.setattr(views, "run_everywhere", lambda asked: (REPORT, None))
    first, _ = superuser.post(RUN_AGAIN, follow=True).context["messages"]
    assert "no other process hears of this" in str(first)


def test_run_again_takes_the_token_of_the_page(superuser):
    client = Client(enforce_csrf_checks=True)
    client.force_login(get_user_model().objects.get(username="reloader"))
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(STATUS).content.decode())[1]
    assert client.post(RUN_AGAIN, {"csrfmiddlewaretoken": token}).status_code == 302


def test_without_a_report_there_is_a_sentence(show):
    for path in (STATUS, ROWS):
        response = show(path, None)
        assert response.status_code == 200
        assert "No reload pass has succeeded in this process yet" in text(response)


def test_on_an_unsupported_netbox_there_is_a_sentence(show, superuser, monkeypatch):
    monkeypatch.setattr("netbox_plugin_reloader.compat.running_version", lambda: "3.7.8")
    sentence = str(UnsupportedNetBoxVersion("3.7.8"))
    assert sentence in text(show(STATUS, None))
    assert "Run again" not in text(show(STATUS, None))
    (message,) = superuser.post(RUN_AGAIN, follow=True).context["messages"]
    assert str(message) == f"{sentence}; nothing is changed."


@pytest.fixture
def processes(monkeypatch):
    """Have three processes announced."""
    here = announcements.plugin_versions()
    found = [
        announcement(4711, generation=CHANGED, plugins=here),
        announcement(4712, generation=CHANGED - 1, plugins=here),
        announcement(4713, generation=CHANGED, plugins={"one": "1.0"}),
    ]
    monkeypatch.setattr(views, "announced", lambda: found)
    monkeypatch.setattr(views, "current_generation", lambda: CHANGED)
    return found


def test_the_processes_are_shown_with_their_state(superuser, processes):
    html = superuser.get(PROCESSES).content.decode()
    for text_of_process in ("4711", "gunicorn", "up to date", "behind", "other plugins", "2026-11-26 08:31:54 UTC"):
        assert text_of_process in html


def test_workers_can_be_replaced_only_where_the_configuration_allows_it(superuser, processes, settings):
    assert "Replace workers" not in superuser.get(PROCESSES).content.decode()
    (message,) = superuser.post(RECYCLE, follow=True).context["messages"]
    assert "['recycle_workers'] is not True" in str(message)
    settings.PLUGINS_CONFIG = {**settings.PLUGINS_CONFIG, "netbox_plugin_reloader": {"recycle_workers": True}}
    assert "Replace workers" in superuser.get(PROCESSES).content.decode()


def test_who_asked_for_other_workers_is_passed_on_and_shown(superuser, processes, monkeypatch):
    asked = []
    monkeypatch.setattr(recycle_requests, "recycle_in_background", lambda *who: asked.append(who))
    response = superuser.post(RECYCLE, follow=True, REMOTE_ADDR="192.0.2.1")
    assert response.redirect_chain == [(PROCESSES, 302)]
    assert asked == [("reloader", "page", "192.0.2.1")]
    (message,) = response.context["messages"]
    assert "are being replaced" in str(message)
    last = RecycleRequest("reloader", "page", "192.0.2.1", "netbox-1", 1.0, "failed", "why")
    monkeypatch.setattr(recycle_requests, "last_request", lambda: last)
    html = superuser.get(PROCESSES).content.decode()
    assert "recycle asked for by reloader (page at 192.0.2.1) on netbox-1: failed" in html


def test_an_address_that_is_none_is_left_out(superuser, monkeypatch):
    asked = []
    monkeypatch.setattr(recycle_requests, "recycle_in_background", lambda *who: asked.append(who))
    superuser.post(RECYCLE, headers={"X-Forwarded-For": "nonsense"})
    assert asked == [("reloader", "page", "")]
