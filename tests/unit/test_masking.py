"""What an error says of passwords, tokens and addresses is masked, and all else stays."""

from __future__ import annotations

import logging
from io import StringIO

import pytest

from netbox_plugin_reloader.masking import described, masked, masking_logger


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgres://netbox:s3cret@db:5432/netbox", "postgres://***@db:5432/netbox"),
        ("redis://:s3/cr@et@cache:6379/0 is away", "redis://***@cache:6379/0 is away"),
        ("https://s3cret@example.com/a.git, 'amqp://a:s3cret@b'", "https://***@example.com/a.git, 'amqp://***@b'"),
        ("host=db password=s3cret dbname=netbox", "host=db password=*** dbname=netbox"),
        ("password = 's3 cret' port=1", "password = *** port=1"),
        ("{'USER': 'netbox', 'PASSWORD': 's3 cret', 'PORT': 1}", "{'USER': 'netbox', 'PASSWORD': ***, 'PORT': 1}"),
        (r"{\"api_key\": \"s3cret\", \"a\": 1}", r"{\"api_key\": ***, \"a\": 1}"),
        ("SECRET_KEY = 's3cret", "SECRET_KEY = ***"),
        ("API_TOKEN_PEPPERS = {1: 's3cret', 2: 's3cret'}", "API_TOKEN_PEPPERS = ***"),
        ("settings['DB_PASSWD']='s3cret'", "settings['DB_PASSWD']=***"),
        ("GET /?token=s3cret&page=2", "GET /?token=***&page=2"),
        ("Authorization: Bearer s3cret", "Authorization: ***"),
        ("X-Api-Token: s3cret\nHost: db", "X-Api-Token: ***\nHost: db"),
        ("no password:\n  File one.py", "no password:\n  File one.py"),
        ("KeyError: 'dcim.site' (netbox_secrets.secretrole)", "KeyError: 'dcim.site' (netbox_secrets.secretrole)"),
        (
            "see https://example.com/docs or ask admin@example.com",
            "see https://example.com/docs or ask admin@example.com",
        ),
        ("password authentication failed for user 'netbox'", "password authentication failed for user 'netbox'"),
    ],
)
def test_credentials_are_masked_and_nothing_else(text, shown):
    assert masked(text) == shown
    assert masked(shown) == shown
    assert "s3" not in shown


def test_an_error_is_described_by_its_class_and_its_text():
    assert described(ValueError("password=s3cret for db")) == "ValueError: password=*** for db"


def test_a_traceback_is_masked_and_its_error_kept_for_others():
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    logger = masking_logger("netbox_plugin_reloader.masked")
    assert masking_logger(logger.name).filters == logger.filters[:1]
    seen = []
    logger.addHandler(handler)
    logger.addFilter(lambda record: seen.append(record.exc_info) or True)
    try:
        int("redis://:s3cret@cache")
    except ValueError as error:
        logger.exception("it failed")
        assert seen[0][1] is error
    finally:
        logger.removeHandler(handler)
    assert "Traceback" in stream.getvalue()
    assert "redis://***@cache" in stream.getvalue()
    # The line of this file that raised it is a part of the traceback.
    assert "s3cret" not in stream.getvalue()
