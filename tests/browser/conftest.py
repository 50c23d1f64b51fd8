"""A NetBox that is served as an administrator would, and a browser that an administrator would use."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import pytest

from tests.browser.browsers import chromium
from tests.lab.not_run import open_or_skip
from tests.lab.processes import free_port
from tests.lab.source import FIRST_WHEEL, asked_release
from tests.netbox.__main__ import PLUGINS_CONFIG, REAL_PLUGINS, requirements
from tests.netbox.serving import serving

PREPARE = Path(__file__).with_name("prepare.py")
# What the culprit loads early lacks the models of the plugin behind it.
PLUGINS = ("early_forms", "netbox_plugin_reloader", "netbox_animal_sounds")
# From NetBox 4.7 on its event types are missing from event rules without us.
BRANCHING = "netbox_branching"
USER = "admin"


@pytest.fixture(scope="session")
def release():
    return asked_release()


def has_branching(release):
    """Return whether netbox-branching is loaded too."""
    return FIRST_WHEEL.rpartition(".")[0] == requirements(release).stem


@pytest.fixture(scope="session")
def password():
    return secrets.token_urlsafe(9)


@pytest.fixture(scope="session")
def address(release, password, tmp_path_factory):
    """Return the address of the served NetBox."""
    more = {}
    if has_branching(release):
        more = {"requirements": requirements(release), "configuration": REAL_PLUGINS / "branching_configuration.py"}
    with open_or_skip(
        release,
        plugins=[*PLUGINS, *([BRANCHING] if more else [])],
        plugins_config=PLUGINS_CONFIG,
        **more,
    ) as netbox:
        netbox.run(netbox.inside("script", PREPARE, USER, password))
        port = free_port()
        command = netbox.inside("manage", "runserver", "--insecure", "--noreload", f"127.0.0.1:{port}")
        with serving(command, port, netbox.environ, tmp_path_factory.mktemp("served") / "output.txt") as server:
            status, text = server.get("/login/")
            assert status == 200, text
            yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    try:
        path = chromium()
    except RuntimeError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    return {**browser_type_launch_args, "executable_path": path, "args": ["--no-sandbox"]}


@pytest.fixture(scope="session", params=["light", "dark"])
def color_mode(request):
    return request.param


@pytest.fixture(scope="session")
def page(browser, address, password, color_mode):
    """Return a page of a user who is logged in and prefers the colour mode."""
    context = browser.new_context(base_url=address, color_scheme=color_mode, viewport={"width": 1400, "height": 900})
    context.set_default_timeout(20_000)
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/login/")
    page.evaluate(f"localStorage.setItem('netbox-color-mode', '{color_mode}')")
    page.fill("#id_username", USER)
    page.fill("#id_password", password)
    page.click("button[type=submit]")
    page.wait_for_url(f"{address}/")
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def shoot(page, release, color_mode):
    """Return a function that keeps a picture of the page."""
    folder = Path(os.environ.get("NETBOX_TEST_SCREENSHOTS") or f".tox/screenshots/{release}")
    return lambda name: page.screenshot(path=folder / f"{name}-{color_mode}.png")
