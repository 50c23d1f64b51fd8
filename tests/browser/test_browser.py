"""What an administrator does with a plugin's model, in a browser: choose it, save, and see what comes of it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import has_branching

# NetBox says "Animal sounds > animal", and shows a cross behind what was chosen.
MODEL = re.compile(r"animal\W*$", re.IGNORECASE)
BRANCH_EVENTS = [f"branch {event}" for event in ("deprovisioned", "merged", "provisioned", "reverted", "synced")]
STATUS = "/plugins/plugin-reloader/"


@pytest.fixture
def name(color_mode):
    return f"browser_{color_mode}"


def choose(page, field, text, option):
    """Type into the dropdown of a form's field, take the option that is then offered, and leave the field.

    The dropdown (Tom Select) works with timers: it filters its list a moment after the last key, and opens it again
    after a choice.
    """
    control = page.locator(f"#id_{field}-ts-control")
    options = page.locator(f"#id_{field}-ts-dropdown .option")
    control.focus()
    control.press_sequentially(text)
    expect(options.filter(has_not_text=re.compile(text, re.IGNORECASE))).to_have_count(0)
    options.filter(has_text=option).first.click()
    expect(page.locator(".ts-control .item", has_text=option).first).to_be_visible()
    let_timers_fire(page)
    control.press("Escape")
    control.blur()
    let_timers_fire(page)
    expect(page.locator(f"#id_{field}-ts-dropdown")).to_be_hidden()


def let_timers_fire(page):
    # Timers without a delay fire in the order in which they were set.
    page.evaluate("() => new Promise(done => setTimeout(done, 1))")


def create(page):
    page.locator("button[name=_create]").first.click()
    expect(page.locator(".toast, .alert-success").filter(has_text="Created")).to_be_visible()


def test_a_custom_field_is_on_the_plugins_own_form(page, name, shoot):
    page.goto("/extras/custom-fields/add/")
    choose(page, "object_types", "animal", MODEL)
    page.fill("#id_name", name)
    page.fill("#id_label", f"Field {name}")
    shoot("custom-field")
    create(page)
    page.goto("/plugins/animal-sounds/animals/add/")
    expect(page.get_by_text(f"Field {name}", exact=True)).to_be_visible()


def test_a_tag_can_be_limited_to_the_plugins_model(page, name):
    page.goto("/extras/tags/add/")
    page.fill("#id_name", name)
    page.fill("#id_slug", name)
    choose(page, "object_types", "animal", MODEL)
    create(page)
    allowed = page.locator(".card", has_text=re.compile("object types", re.IGNORECASE))
    expect(allowed.filter(has_text=re.compile("animal", re.IGNORECASE)).first).to_be_visible()


def test_an_event_rule_watches_the_plugins_model(page, name):
    page.goto("/extras/event-rules/add/")
    page.fill("#id_name", name)
    choose(page, "object_types", "animal", MODEL)
    choose(page, "event_types", "created", re.compile("created", re.IGNORECASE))
    choose(page, "action_choice", "browser", "browser webhook")
    create(page)
    expect(page.get_by_text(MODEL).first).to_be_visible()


def test_an_event_rule_watches_what_happens_to_branches(page, name, release):
    if not has_branching(release):
        pytest.skip("netbox-branching is not loaded")
    page.goto("/extras/event-rules/add/")
    page.fill("#id_name", f"{name}_branches")
    choose(page, "object_types", "animal", MODEL)
    page.locator("#id_event_types-ts-control").focus()
    page.locator("#id_event_types-ts-control").press_sequentially("branch ")
    options = page.locator("#id_event_types-ts-dropdown .option")
    expect(options).to_have_count(len(BRANCH_EVENTS))
    assert sorted(text.lower() for text in options.all_text_contents()) == BRANCH_EVENTS
    page.locator("#id_event_types-ts-control").press("Escape")
    page.goto("/extras/event-rules/add/")
    page.fill("#id_name", f"{name}_branches")
    choose(page, "object_types", "animal", MODEL)
    choose(page, "event_types", "merged", re.compile("branch merged", re.IGNORECASE))
    choose(page, "action_choice", "browser", "browser webhook")
    create(page)
    expect(page.get_by_text(re.compile("branch merged", re.IGNORECASE)).first).to_be_visible()


def test_the_status_page_runs_a_pass_again(page, shoot, color_mode):
    page.goto("/")
    page.locator("#sidebar-menu .dropdown-toggle", has_text="Plugins").click()
    page.locator(f"#sidebar-menu a[href='{STATUS}']").filter(has_text="Status").click()
    page.wait_for_url(f"**{STATUS}")
    expect(page.locator("html, body").first).to_have_attribute("data-bs-theme", color_mode)
    expect(page.get_by_role("link", name="netbox_animal_sounds")).to_be_visible()
    shoot("status")
    page.get_by_role("button", name="Run again").click()
    expect(page.locator(".toast").filter(has_text="plugins are complete")).to_be_visible()
    page.get_by_role("link", name="netbox_animal_sounds").click()
    page.wait_for_url("**/plugins/plugin-reloader/plugins/netbox_animal_sounds/")
    shoot("plugin")
    page.go_back()
    page.get_by_role("link", name="Found and repaired").click()
    expect(page.get_by_text("Repaired").first).to_be_visible()
    shoot("found-and-repaired")
