"""NetBox's configuration in the lab, the same for every release; NETBOX_LAB_* variables say what differs."""

from __future__ import annotations

import json
import os
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict  # type: ignore[import-not-found]
from redis.connection import parse_url  # type: ignore[import-not-found]

_database = conninfo_to_dict(os.environ["NETBOX_LAB_DATABASE_URL"])
_redis = {name.upper(): value for name, value in parse_url(os.environ["NETBOX_LAB_REDIS_URL"]).items()}
_redis["SSL"] = os.environ["NETBOX_LAB_REDIS_URL"].startswith("rediss:")
_files = Path(os.environ["NETBOX_LAB_FILES"])

ALLOWED_HOSTS = ["*"]
SECRET_KEY = "not-a-secret-" * 5
API_TOKEN_PEPPERS = {1: "not-a-pepper-" * 5}

# NetBox 4.2 knows DATABASE only, and every later release still takes it.
DATABASE = {"NAME": _database.pop("dbname"), "OPTIONS": _database}
REDIS = {"tasks": {**_redis, "DATABASE": 0}, "caching": {**_redis, "DATABASE": 1}}

PLUGINS = json.loads(os.environ["NETBOX_LAB_PLUGINS"])
PLUGINS_CONFIG = json.loads(os.environ["NETBOX_LAB_PLUGINS_CONFIG"])

DEBUG = False
DEVELOPER = False
CENSUS_REPORTING_ENABLED = False
ISOLATED_DEPLOYMENT = True
RELEASE_CHECK_URL = None

# The default folders are inside NetBox's own tree.
MEDIA_ROOT = str(_files / "media")
REPORTS_ROOT = str(_files / "reports")
SCRIPTS_ROOT = str(_files / "scripts")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"netbox_plugin_reloader": {"level": "INFO"}},
}

if _more := os.environ.get("NETBOX_LAB_CONFIGURATION"):
    exec(compile(Path(_more).read_text(), _more, "exec"))
