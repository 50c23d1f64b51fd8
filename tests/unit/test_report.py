from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from netbox_plugin_reloader.report import (
    EarlyImport,
    ImportStep,
    Kind,
    Needs,
    PluginSummary,
    Process,
    Report,
    Row,
    error_text,
    masked,
)
from tools import report_schema

REPORT = Report(
    netbox_version="4.5.10",
    strategy="4.5",
    version="4.5.5",
    process=Process("netbox.example.com", 4711, "web"),
    duration=0.25,
    plugins=(
        PluginSummary("one", "1.0", 3, Needs("4.4.0", "4.5.99", ("key",), ("companion",))),
        PluginSummary("two", "", 4),
    ),
    early_imports=(EarlyImport("extras.forms", "one", (ImportStep("one.search", "/one/search.py", 7),)),),
    repairs=(Row(Kind.VIEWS, "one", "one.thing", ("journal", "journal")),),
    findings=(Row(Kind.OBJECT_TYPES, "two", "two.thing", ("missing",)),),
    failures=(Row(Kind.REGISTRATION, "two", "two.thing", ("ValueError: no",)),),
)


def test_a_report_reads_as_text_with_failures_first():
    assert str(REPORT).splitlines() == [
        REPORT.summary(),
        "Failed: two: model registration two.thing: ValueError: no",
        "Not repaired: two: object type two.thing: missing",
        "Repaired: one: views one.thing: journal, journal",
        "Loaded early by one (one.search, line 7): extras.forms",
    ]


def test_a_row_shows_an_empty_name():
    assert str(Row(Kind.VIEWS, "one", "one.thing", ("",))) == "one: views one.thing: ''"


def test_repairs_of_earlier_passes_stay_and_the_rest_is_new():
    later = REPORT._replace(findings=(), repairs=(Row(Kind.SEARCH, "two", "search types", ("two.thing",)),))
    together = later.after(REPORT)
    assert together.repairs == (*REPORT.repairs, *later.repairs)
    assert together.findings == ()
    assert together.after(REPORT).repairs == together.repairs


def test_the_worst_of_what_is_unrepaired_comes_first():
    assert REPORT.unrepaired == (*REPORT.failures, *REPORT.findings)


def test_the_json_is_as_its_schema_says():
    schema = json.loads(report_schema.SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    found = json.loads(json.dumps(REPORT.as_dict()))
    assert list(Draft202012Validator(schema).iter_errors(found)) == []
    assert found["process"] == {"host": "netbox.example.com", "pid": 4711, "kind": "web"}
    assert found["plugins"][0]["needs"]["required_settings"] == ["key"]
    row = {"kind": "views", "plugin": "one", "subject": "one.thing", "names": ["journal", "journal"]}
    assert (found["repairs"], found["conflicts"]) == ([row], [])


def test_the_schema_is_made_of_the_named_tuples():
    source = report_schema.SOURCE.read_text(encoding="utf-8")
    written = json.loads(report_schema.SCHEMA.read_text(encoding="utf-8"))
    assert written == report_schema.schema(source), "run python -m tools.report_schema"
    changed = source.replace("    models: int\n", "    models: tuple[Needs, ...]\n    more: str\n")
    plugin = report_schema.schema(changed)["$defs"]["PluginSummary"]
    assert plugin["required"] == ["name", "version", "models", "more", "needs"]
    assert plugin["properties"]["models"] == {"type": "array", "items": {"$ref": "#/$defs/Needs"}}
    # What stands below the last of both describes that one.
    assert plugin["properties"]["more"] == {"type": "string", "description": "How many models it has."}


def repaired(*rows):
    return REPORT._replace(findings=(), failures=(), repairs=tuple(Row(*row) for row in rows)).summary()


def test_the_summary_says_in_plain_words_how_things_are():
    assert REPORT.summary() == (
        "2 problems need attention: two. The other plugin is complete. Repaired: 2 duplicate views removed."
    )
    assert repaired() == "All 2 plugins are complete."
    alone = REPORT._replace(plugins=REPORT.plugins[:1], repairs=())
    assert alone.summary() == "2 problems need attention: two. The plugin is complete."
    assert alone._replace(findings=(), failures=()).summary() == "The plugin is complete."
    others = tuple(Row(Kind.READY, name, "ready()", ("",)) for name in ("five", "four", "netbox", "one", "six"))
    assert REPORT._replace(failures=(), repairs=(), findings=others).summary() == (
        "5 problems need attention: five, four, NetBox and 2 others. The other plugin is complete."
    )


def test_the_summary_counts_what_was_repaired():
    assert repaired(
        (Kind.CHOICES, "netbox", "extras.forms.EventRuleForm.event_types", ("a", "b")),
        (Kind.CHOICES, "two", "extras.forms.TagForm.object_types", ("two.thing",)),
        (Kind.REGISTRATION, "two", "two.thing", ("journal", "changelog")),
        (Kind.OBJECT_TYPES, "two", "two.thing", ("missing",)),
        (Kind.RELOAD, "netbox", "something", ("new",)),
    ) == (
        "All 2 plugins are complete. Repaired: 2 event types added, 1 entry of choice lists added, 1 model registered, "
        "1 row of object types corrected, 1 other thing corrected."
    )


def test_a_report_is_immutable():
    with pytest.raises(AttributeError):
        REPORT.repairs = ()
    with pytest.raises(AttributeError):
        REPORT.repairs[0].plugin = "other"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgres://netbox:s3cret@db:5432/netbox", "postgres://netbox:***@db:5432/netbox"),
        ("redis://:s3/cr@et@cache:6379/0 is away", "redis://:***@cache:6379/0 is away"),
        ("redis://:s3cret@one:6379,redis://:s3cret@two:6379", "redis://:***@one:6379,redis://:***@two:6379"),
        ("url='amqp://a:s3cret@b', port=1", "url='amqp://a:***@b', port=1"),
    ],
)
def test_a_password_in_an_address_is_masked(text, shown):
    assert masked(text) == shown
    assert masked(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "netbox_secrets.Secret: (models.E020) The 'Secret.check()' class method is currently overridden.",
        "netbox_secrets.SecretRole.token: (fields.E304) Reverse accessor clashes with 'users.Token.role'.",
        "ImproperlyConfigured: SECRET_KEY: must be at least 50 characters in length",
        "KeyError: 'token' (in /opt/netbox/netbox/users/api/token.py, line 7)",
        "psycopg.OperationalError: password authentication failed for user 'netbox'",
        "TypeError: Token() got unexpected keyword arguments: token=None, secret={'a': 1}",
        "Authorization: Bearer is not understood",
        "no password:\n  File one.py",
        "see https://example.com:8000/docs or ask admin@example.com",
        "git+https://example.com/plugin@v1.0",
    ],
)
def test_what_says_what_is_wrong_stays_whole(text):
    assert masked(text) == text


def test_an_error_is_told_by_its_class_and_its_text():
    assert error_text(ValueError("no redis://u:s3cret@h")) == "ValueError: no redis://u:***@h"


def test_who_loaded_early_what_had_to_be_repaired_is_told_from_who_did_not():
    chain = (ImportStep("one.search", "/one/search.py", 7),)
    early = (
        EarlyImport("extras.forms.model_forms", "one", chain),
        EarlyImport("extras.forms.bulk_edit", "one", chain),
        EarlyImport("netbox.navigation.menu", "two", ()),
        EarlyImport("netbox.preferences", "three", ()),
    )
    repairs = (
        Row(Kind.CHOICES, "netbox", "extras.forms.model_forms.EventRuleForm.event_types", ("happened",)),
        Row(Kind.CHOICES, "four", "extras.forms.bulk_edits.Form.field", ("four.thing",)),
        Row(Kind.NAVIGATION, "netbox", "menus", ("Two",)),
        Row(Kind.NAVIGATION, "netbox", "menu items", ("Three",)),
    )
    report = REPORT._replace(early_imports=early, repairs=repairs)
    assert report.freezing_culprits == {
        "one (one.search, line 7)": ["extras.forms.model_forms"],
        "two": ["netbox.navigation.menu"],
    }
    assert report._replace(repairs=()).freezing_culprits == {}
