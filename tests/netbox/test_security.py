"""Who may do what on every page, endpoint and command of ours, and what none of them ever shows.

Pages and endpoints are those of our URLconfs, and subcommands those of the parser: a new one fails until it is said
here what it answers.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import pkgutil
import socket
import subprocess
import sys
from datetime import timedelta
from unittest import mock

import pytest
from core.models import ObjectType
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.core.management import CommandError
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from netbox.registry import registry
from rest_framework.permissions import SAFE_METHODS
from rest_framework.test import APIClient
from users.models import ObjectPermission, Token

from netbox_plugin_reloader import urls
from netbox_plugin_reloader.api import urls as api_urls
from netbox_plugin_reloader.api import views as api_views
from netbox_plugin_reloader.compat.installation import which_instance
from netbox_plugin_reloader.management import commands
from netbox_plugin_reloader.management.commands import plugin_reloader
from netbox_plugin_reloader.plugins import plugin_configs
from netbox_plugin_reloader.processes import announcements
from netbox_plugin_reloader.processes.announcements import announced
from netbox_plugin_reloader.processes.cache import own, redis_of
from netbox_plugin_reloader.recycle import driver as recycle_process
from netbox_plugin_reloader.recycle import fresh_process
from netbox_plugin_reloader.recycle import lock as recycle_lock
from netbox_plugin_reloader.recycle import replacing as recycling
from netbox_plugin_reloader.recycle import requests as recycle_requests
from netbox_plugin_reloader.recycle.replacing import Master, masters
from netbox_plugin_reloader.recycle.requests import LAST_KEY, RecycleRefused, RecycleRequest
from netbox_plugin_reloader.repair import reload_pass as reload
from netbox_plugin_reloader.report import EarlyImport, ImportStep, Kind, Needs, PluginSummary, Process, Report, Row
from netbox_plugin_reloader.startup import passes, urlconf, web_process
from netbox_plugin_reloader.ui import views
from tests.netbox.examples import NoCache, announcement, output_of

pytestmark = pytest.mark.django_db

OURS, HERE = "netbox_plugin_reloader", socket.gethostname()
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE")
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
# The name of each page and endpoint, and what a superuser may do there.
PAGES = {
    "plugin": {"GET"},
    "processes": {"GET"},
    "recycle": {"POST"},
    "rows": {"GET"},
    "run_again": {"POST"},
    "status": {"GET"},
}
ENDPOINTS = {
    "api-root": {"GET"},
    "processes": {"GET"},
    "recycle": {"GET", "POST"},
    "reload": {"POST"},
    "status": {"GET"},
}
# Each subcommand, and the arguments with which its output is collected.
SUBCOMMANDS = {
    "check": [[], ["--fail-on", "repaired"]],
    "preflight": [[]],
    "recycle": [[]],
    "reload": [[], ["--json"]],
    "repair": [["--dry-run"], ["--removed-plugins"]],
    "status": [[], ["--json"], ["-v", "2"]],
    "trace": [[], ["--json"]],
}
PLUGIN = "late_models"
HTML = "<script>alert(1)</script>"
REPORT = Report(
    netbox_version=HTML,
    strategy=HTML,
    version=HTML,
    process=Process(HTML, 1, HTML),
    plugins=(PluginSummary(HTML, HTML, 1, Needs(HTML, HTML, (HTML,), (HTML,))),),
    early_imports=(EarlyImport(HTML, HTML, (ImportStep(HTML, HTML, 1),)),),
    failures=(Row(Kind.VIEWS, HTML, HTML, (HTML,)),),
)


def page(name, plugin=PLUGIN):
    return reverse(f"plugins:{OURS}:{name}", kwargs={"name": plugin} if name == "plugin" else {})


def endpoint(name):
    return reverse(f"plugins-api:{OURS}-api:{name}")


def permitted_user(name, **options):
    """Return a user who has every permission that an administrator can give, and a right to NetBox's admin pages."""
    if hasattr(get_user_model(), "is_staff"):
        options["is_staff"] = True
    user = get_user_model().objects.create_user(name, **options)
    actions = ["view", "add", "change", "delete", "reload_plugins", "recycle", "reload"]
    for name, constraints in (("all", None), ("some", [{"id__gt": 0}])):
        permission = ObjectPermission.objects.create(name=name, actions=actions, constraints=constraints)
        permission.object_types.set(ObjectType.objects.all())
        permission.users.add(user)
    return user


def client_of(user, client_class=Client, **options):
    client = client_class(**options)
    client.force_login(user)
    return client


def versions_of_tokens():
    """Return the versions of tokens that NetBox has: from 4.5 on there are two, before that one without a number."""
    return [1, 2] if "version" in {field.name for field in Token._meta.fields} else [None]


def token_client(user, version=None, **values):
    """Return a client that shows a new token of ``user``."""
    token = Token(user=user, **values, **({} if version is None else {"version": version}))
    token.save()
    # Up to 4.4 the key is the token; of the newer kind NetBox knows the text only now.
    header = token.get_auth_header_prefix() + token.token if version else f"Token {token.key}"
    return APIClient(HTTP_AUTHORIZATION=header)


@pytest.fixture
def done(monkeypatch):
    """Have nothing really done on request, and return the list of what would have been."""
    happened = []

    def run_everywhere(asked):
        happened.append("run")
        return reload.complete_report(), 1

    def recycle(*who):
        happened.append("recycle")
        return RecycleRequest(*who)

    for module in (views, api_views):
        monkeypatch.setattr(module, "run_everywhere", run_everywhere)
    monkeypatch.setattr(recycle_requests, "recycle_in_background", recycle)
    monkeypatch.setattr(recycle_requests, "last_request", lambda: RecycleRequest("admin", "command"))
    return happened


@pytest.fixture
def superuser():
    return get_user_model().objects.create_user("reloader", is_superuser=True)


@pytest.fixture
def strangers():
    """Return users who may see nothing of ours, by what they are."""
    create = get_user_model().objects.create_user
    return {
        "inactive": create("inactive", is_superuser=True, is_active=False),
        "ordinary": create("ordinary"),
        "permitted": permitted_user("permitted"),
    }


def allowed(methods, implicit=("OPTIONS",)):
    return methods | set(implicit) | ({"HEAD"} if "GET" in methods else set())


def assert_nothing_leaks(response, path):
    text = response.content.decode()
    for told in (reload.complete_report().summary(), "Replace workers", "Run again", "plain_models", "reload_file"):
        assert told not in text, (path, told)
    assert PLUGIN not in text.replace(path, "")


def test_every_page_endpoint_and_command_has_an_expectation():
    assert {pattern.name for pattern in urls.urlpatterns} == PAGES.keys()
    assert {pattern.name for pattern in api_urls.urlpatterns} == ENDPOINTS.keys()
    assert [module.name for module in pkgutil.iter_modules(commands.__path__)] == ["plugin_reloader"]
    parser = plugin_reloader.Command().create_parser("manage.py", "plugin_reloader")
    (subcommands,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    assert subcommands.choices.keys() == SUBCOMMANDS.keys()


def test_pages_are_for_superusers_only(strangers, done):
    asked = [(page(name), methods | {"GET"}) for name, methods in PAGES.items()]
    # Nor does anybody else learn whether a plugin is there.
    asked.append((page("plugin", "no_such_plugin"), {"GET"}))
    clients = {"nobody": Client(), **{name: client_of(user) for name, user in strangers.items()}}
    # NetBox's page of error 403 takes its time.
    for path, methods in asked:
        for method in methods:
            for visitor, client in clients.items():
                response = client.generic(method, path)
                assert response.status_code == (302 if visitor in ("nobody", "inactive") else 403), (path, visitor)
                assert_nothing_leaks(response, path)
                if response.status_code == 302:
                    assert response.url == f"{reverse('login')}?next={path}"
    assert done == []


def test_superusers_reach_every_page_by_its_own_methods_only(superuser, done):
    client = client_of(superuser)
    for name, methods in PAGES.items():
        for method in METHODS:
            status = client.generic(method, page(name)).status_code
            expected = (302 if method == "POST" else 200) if method in allowed(methods) else 405
            assert status == expected, (name, method)
    assert sorted(done) == ["recycle", "run"]


def test_no_page_takes_a_post_without_djangos_token(superuser, done):
    client = client_of(superuser, enforce_csrf_checks=True)
    for name in PAGES:
        for method in UNSAFE:
            assert client.generic(method, page(name)).status_code == 403, (name, method)
    assert done == []


@pytest.mark.parametrize("login_required", [True, False])
def test_endpoints_are_for_superusers_only(superuser, strangers, done, settings, login_required):
    settings.LOGIN_REQUIRED = login_required
    refused = {"nobody": APIClient(), "session": client_of(strangers["permitted"], APIClient)}
    refused["nonsense"] = APIClient(HTTP_AUTHORIZATION="Token nonsense")
    for version in versions_of_tokens():
        refused |= {f"{name} {version}": token_client(user, version) for name, user in strangers.items()}
        expired = timezone.now() - timedelta(seconds=1)
        refused[f"expired {version}"] = token_client(superuser, version, expires=expired)
        refused[f"elsewhere {version}"] = token_client(superuser, version, allowed_ips=["192.0.2.0/30"])
    for name in ENDPOINTS:
        path = endpoint(name)
        for visitor, client in refused.items():
            for method in ("GET", "OPTIONS", "POST", "DELETE"):
                response = client.generic(method, path)
                assert response.status_code in (401, 403), (name, method, visitor)
                assert_nothing_leaks(response, path)
    assert done == []


def test_superusers_reach_every_endpoint_by_its_own_methods_only(superuser, done):
    for version in versions_of_tokens():
        client = token_client(superuser, version)
        for name, methods in ENDPOINTS.items():
            for method in METHODS:
                status = client.generic(method, endpoint(name)).status_code
                # What is only begun is answered with 202.
                assert status in ((200, 202) if method in allowed(methods) else (405,)), (name, method, version)
    assert sorted(done) == sorted(["recycle", "run"] * len(versions_of_tokens()))


def test_a_token_that_is_read_only_reads_and_does_nothing_else(superuser, done):
    for version in versions_of_tokens():
        client = token_client(superuser, version, write_enabled=False)
        for name, methods in ENDPOINTS.items():
            for method in METHODS:
                expected = (200 if method in allowed(methods) else 405) if method in SAFE_METHODS else 403
                assert client.generic(method, endpoint(name)).status_code == expected, (name, method, version)
    assert done == []


def test_no_endpoint_takes_a_session_without_djangos_token(superuser, done):
    client = client_of(superuser, APIClient, enforce_csrf_checks=True)
    for name in ENDPOINTS:
        # NetBox's page for the API.
        html = client.get(endpoint(name), headers={"Accept": "text/html"})
        assert html.status_code == (200 if "GET" in ENDPOINTS[name] else 405), name
        for method in UNSAFE:
            response = client.generic(method, endpoint(name))
            assert (response.status_code, "CSRF" in response.content.decode()) == (403, True), (name, method)
    assert done == []


@pytest.fixture
def markup(monkeypatch):
    """Have the report, the processes and the last request say nothing but HTML."""
    process = announcement(1, HTML, HTML, kind=HTML, plugins={HTML: HTML}, reload_file=HTML)
    request = RecycleRequest(HTML, HTML, HTML, HTML, 1.0, HTML, HTML)
    for module in (views, api_views):
        monkeypatch.setattr(module, "current_report", lambda: REPORT)
        monkeypatch.setattr(module, "announced", lambda: [process._replace(netbox_version=HTML)])
    monkeypatch.setattr(recycle_requests, "last_request", lambda: request)


def assert_escaped(response):
    html = response.content.decode()
    assert "&lt;script&gt;" in html, response.request
    assert HTML not in html, response.request


@pytest.mark.usefixtures("markup")
def test_markup_is_escaped_on_every_page_and_in_netboxs_pages_for_the_api(superuser):
    client = client_of(superuser)
    for path in (page(name, HTML) for name, methods in PAGES.items() if "GET" in methods):
        for headers in ({}, {"HX-Request": "true"}):
            assert_escaped(client.get(path, headers=headers))
    for name in ("processes", "recycle", "status"):
        assert_escaped(client.get(endpoint(name), headers={"Accept": "text/html"}))


def test_markup_is_escaped_in_messages_and_in_reasons(superuser, monkeypatch):
    def refuse(*who):
        raise RecycleRefused(HTML)

    monkeypatch.setattr(views, "run_everywhere", lambda asked: (REPORT, None))
    monkeypatch.setattr(recycle_requests, "recycle_in_background", refuse)
    monkeypatch.setattr(views, "why_no_report", lambda: HTML)
    client = client_of(superuser)
    for name in ("recycle", "run_again"):
        assert_escaped(client.post(page(name), follow=True))
    monkeypatch.setattr(views, "current_report", lambda: None)
    assert_escaped(client.get(page("status")))


# Credentials as errors have them, and values of the configuration.
SECRET = "s3cr3t"
LEAK = f"cannot connect to postgres://netbox:{SECRET}@db/netbox, nor to redis://:{SECRET}@cache"
MASKED = "cannot connect to postgres://netbox:***@db/netbox, nor to redis://:***@cache"


def leak(*arguments, **options):
    raise RuntimeError(LEAK)


class Leaking(dict):
    """What a broken plugin registered as a view."""

    def __getitem__(self, name):
        leak()


@pytest.fixture
def secrets(settings, monkeypatch, strategy):
    """Have the configuration, the environment and the errors of others be full of secrets."""
    settings.SECRET_KEY = SECRET * 10
    settings.SECRET_KEY_FALLBACKS = [SECRET * 11]
    settings.API_TOKEN_PEPPERS = {1: SECRET * 10}
    settings.PLUGINS_CONFIG = {
        **{name: {**values, "token": SECRET} for name, values in settings.PLUGINS_CONFIG.items()},
        OURS: {"recycle_workers": True, "warm_up": SECRET, "unknown": SECRET},
    }
    for server in settings.REDIS.values():
        monkeypatch.setitem(server, "PASSWORD", SECRET)
    # The connection is open already.
    monkeypatch.setitem(settings.DATABASES["default"], "PASSWORD", SECRET)
    monkeypatch.setenv("NETBOX_DATABASE_PASSWORD", SECRET)
    monkeypatch.setitem(registry["views"]["plain_models"], "plain", [Leaking(name="edit")])
    if strategy.object_type_rows:
        monkeypatch.setattr("netbox.models.features.get_model_features", leak)


@pytest.fixture
def netbox_does_not_start(monkeypatch):
    """Have every new process fail with such an error, and say so, and a server be known."""
    done = subprocess.CompletedProcess([], 1, stdout="", stderr=f"Traceback:\nValueError: {LEAK}\n")
    monkeypatch.setattr(fresh_process.subprocess, "run", lambda command, **options: done)
    for module in (recycle_process, plugin_reloader):
        monkeypatch.setattr(module, "preflight", leak)
    monkeypatch.setattr(recycle_process, "masters", lambda: [Master(1, "gunicorn", (), "")])


@pytest.fixture
def threading(monkeypatch):
    """Have a replacement of workers not really begun, and return what knows what it would do."""
    threading = mock.Mock()
    monkeypatch.setattr(recycle_requests, "threading", threading)
    return threading


@pytest.fixture
def forget():
    """Have nobody have asked for anything, before and after."""
    keys = [own(key) for key in (LAST_KEY, recycle_lock.KEY, recycle_lock.RECENT_KEY)]

    def forget():
        cache.delete_many(keys)
        cache.delete_pattern(own(f"{announcements.KEY}*"))

    forget()
    yield
    forget()


def start_again(monkeypatch):
    """Do what a web process does before its first request and when something changed, as if this were one."""
    monkeypatch.setattr(web_process, "_prepared", False)
    monkeypatch.setattr(web_process, "follow_in_web_process", lambda *arguments: None)
    web_process.prepare_web_process()
    with monkeypatch.context() as patched:
        patched.setattr(type(plugin_configs()[0]), "get_models", leak)
        passes.follow()
    announcements.announce(1)


def told(client):
    """Return what every page and endpoint answers."""
    paths = [page(name) for name in PAGES if "GET" in PAGES[name]]
    paths += [endpoint(name) for name in ENDPOINTS if "GET" in ENDPOINTS[name]]
    paths.append(reverse(f"plugins:{OURS}:plugin", kwargs={"name": "plain_models"}))
    return {path: client.get(path).content.decode() for path in paths}


def logged(caplog):
    """Return our log but for the texts of errors, which are those of the ones who raised them."""
    return {"log": caplog.text.replace(LEAK, "")}


def cached():
    """Return what the cache holds of us."""
    values = cache.get_many(list(cache.iter_keys(f"{OURS}*")))
    return {"cache": f"{values} {[process.as_dict() for process in announced()]}"}


def assert_masked(found, shown_in):
    for where, text in found.items():
        assert SECRET not in text, where
    for where in shown_in:
        assert MASKED in found[where].replace("&#x27;", "'"), where


@pytest.mark.usefixtures("secrets", "forget", "netbox_does_not_start")
def test_nothing_secret_is_ever_shown(superuser, monkeypatch, caplog, strategy):
    caplog.set_level(logging.DEBUG, OURS)
    start_again(monkeypatch)
    client = client_of(superuser)
    found = {
        f"{name} {' '.join(arguments)}": output_of(name, *arguments)
        for name, lists in SUBCOMMANDS.items()
        for arguments in lists
    }
    found |= told(client) | cached()
    found["run again"] = client.post(page("run_again"), follow=True).content.decode()
    found["manage.py check"] = output_of(command="check", databases=["default"])
    found |= logged(caplog)
    shown_in = ["check ", "preflight ", "recycle ", "status ", "status --json", "trace ", "cache"]
    shown_in += [page("rows"), page("processes"), endpoint("status"), endpoint("recycle"), "manage.py check"]
    assert_masked(found, shown_in)
    assert "W002" in found["manage.py check"]
    # Whoever looks for the cause of an error finds all of it there.
    assert "Traceback" in found["log"]
    assert LEAK in caplog.text


@pytest.mark.usefixtures("secrets", "forget", "netbox_does_not_start")
def test_nothing_secret_is_shown_of_servers_that_are_away(superuser, monkeypatch, caplog, strategy):
    class Away(NoCache):
        def __getattr__(self, name):
            leak()

    def refuse():
        raise OperationalError(f"{LEAK}\n{LEAK}")

    caplog.set_level(logging.DEBUG, OURS)
    with monkeypatch.context() as patched:
        patched.setattr("django.core.cache.cache", Away())
        patched.setattr("rq.Worker.all", leak)
        patched.setattr("netbox_plugin_reloader.repair.object_types._compare", refuse)
        patched.setattr(urlconf, "_fill_tables", leak)
        start_again(patched)
        found = {name: output_of(name, *SUBCOMMANDS[name][0]) for name in SUBCOMMANDS}
        announcements._background_workers()
    found |= logged(caplog)
    assert_masked(found, ["repair", "check"] if strategy.object_type_rows else [])
    for text in ("cache does not answer", "RQ's background workers cannot", "URLconf cannot be"):
        assert text in caplog.text


@pytest.mark.usefixtures("secrets", "forget", "netbox_does_not_start")
def test_nothing_secret_is_shown_of_a_replacement_that_fails(superuser, threading, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG, OURS)
    client = client_of(superuser)
    begun = client.post(page("recycle"), follow=True)
    assert "are being replaced" in begun.content.decode()
    begin = threading.Thread.call_args.kwargs
    begin["target"](*begin["args"])
    found = {"begun": begun.content.decode(), **told(client), **cached(), **logged(caplog)}
    assert_masked(found, [page("processes"), endpoint("recycle"), "cache"])
    # An error of ours, rather than one of what is on disk.
    cache.delete(own(recycle_lock.RECENT_KEY))
    monkeypatch.setattr(recycle_process, "preflight", lambda: "")
    monkeypatch.setattr(recycle_process, "plugin_versions", leak)
    caplog.clear()
    found = {"command": output_of("recycle"), **told(client), **cached(), **logged(caplog)}
    assert_masked(found, ["command", page("processes"), endpoint("recycle"), "cache"])


@pytest.mark.usefixtures("forget")
def test_the_error_of_a_check_is_masked_and_else_whole(monkeypatch):
    diagnosis = (
        "?: (fields.E304) Reverse accessor 'Tenant.secret' for 'netbox_secrets.Secret.tenant' clashes.\n"
        "netbox_secrets.Secret: (models.E020) The 'Secret.check()' class method is currently overridden.\n"
        "core.Token: token=abc is no token, and password: none"
    )

    def fail(**options):
        raise CommandError(f"{diagnosis}\n{LEAK}")

    monkeypatch.setattr(plugin_reloader, "preflight", fail)
    assert output_of("preflight") == f"CommandError: {diagnosis}\n{MASKED}\n"


@pytest.fixture
def child():
    """Return a process that belongs to no server: its parent is this one, which runs the tests."""
    # It ends with its standard input, and needs no signal for that.
    with subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        yield process.pid


@pytest.fixture
def signals(monkeypatch):
    """Have no signal really sent, and return the list of what would have been."""
    sent = []
    monkeypatch.setattr(recycling, "send_signal", lambda *arguments: sent.append(arguments))
    return sent


def announced_as(value, process):
    cache.set(announcements._key(process), value, timeout=60)
    return masters()


@pytest.mark.usefixtures("forget")
@pytest.mark.parametrize("server", ["granian", "uWSGI"])
@pytest.mark.parametrize(
    "wrong", [{"master": str(os.getpid())}, {"plugins": [OURS]}, {"reload_file": 1}, {"more": 1}, {"started": None}]
)
def test_an_announcement_of_another_shape_has_nobody_signalled_and_no_file_touched(
    child, signals, settings, tmp_path, server, wrong
):
    file = tmp_path / "reload"
    sound = announcement(child, HERE, server, master=os.getpid(), reload_file=str(file))
    assert [master.pid for master in announced_as(sound.as_dict(), sound.process)] == [os.getpid()]
    assert announced_as({**sound.as_dict(), **wrong}, sound.process) == []
    settings.PLUGINS_CONFIG = {**settings.PLUGINS_CONFIG, OURS: {"recycle_workers": True}}
    known = f"No process of this host that serves NetBox is known.{which_instance()}"
    assert output_of("recycle") == f"CommandError: {known}\n"
    assert signals == []
    assert not file.exists()


@pytest.mark.usefixtures("forget")
def test_a_process_id_that_is_another_processs_since_is_not_signalled(child):
    gone = announcement(child, HERE, "granian", master=1)
    assert announced_as(gone.as_dict(), gone.process) == []
    # The first process of a container has the parent 0, which as the target of a signal is a whole group of processes.
    first = announcement(1, HERE, "granian", master=0)
    assert announced_as(first.as_dict(), first.process) == []
    # gunicorn's workers run under the command line of their parent.
    foreign = announcement(child, HERE, "gunicorn", master=os.getpid())
    assert announced_as(foreign.as_dict(), foreign.process) == []


@pytest.mark.usefixtures("forget", "threading")
@pytest.mark.parametrize("pid", ["garbage", None, [1]])
def test_a_forged_lock_is_none(superuser, settings, pid):
    settings.PLUGINS_CONFIG = {**settings.PLUGINS_CONFIG, OURS: {"recycle_workers": True}}
    redis_of(cache).set(cache.make_key(own(recycle_lock.KEY)), json.dumps({"host": HERE, "pid": pid}))
    assert token_client(superuser, versions_of_tokens()[-1]).post(endpoint("recycle")).status_code == 202
