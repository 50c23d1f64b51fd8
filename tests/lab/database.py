"""NetBox's databases: one per release and set of plugins, copied from one with NetBox's own tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tests.lab.home import Home
from tests.lab.processes import clean_environ, run, say
from tests.lab.tools import Tools

# NetBox's migrations create this collation with ICU. The embedded server lacks it: there, names sort plainly.
PREPARE = """
CREATE EXTENSION IF NOT EXISTS ltree;
DO $$ BEGIN
    CREATE COLLATION natural_sort (provider = icu, locale = 'und-u-kn-true');
EXCEPTION WHEN feature_not_supported THEN
    CREATE COLLATION natural_sort (provider = libc, locale = 'C');
END $$;
"""


@dataclass(frozen=True)
class DatabaseServer:
    """A PostgreSQL server, by the URL of one of its databases that allows creating others."""

    home: Home
    tools: Tools
    url: str

    def url_of(self, database: str) -> str:
        """Return the URL of a database on this server."""
        return urlsplit(self.url)._replace(path=f"/{database}").geturl()

    def execute(self, sql: str, database: str | None = None) -> str:
        """Execute SQL statements and return what they select. Raises LabError when one fails."""
        url = urlsplit(self.url if database is None else self.url_of(database))
        user_information, _, host = url.netloc.rpartition("@")
        user, _, password = user_information.partition(":")
        # The password is kept out of the command line, which every user of the machine can read.
        command: list[str | Path] = [self.tools.postgresql / "psql"]
        command += ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]
        return run(
            [*command, "--set", "ON_ERROR_STOP=1", "--command", sql, url._replace(netloc=f"{user}@{host}").geturl()],
            f"The PostgreSQL server {host} refuses",
            environ={**clean_environ(), "PGPASSWORD": unquote(password), "PGCONNECT_TIMEOUT": "20"},
        ).strip()

    def make(self, name: str, build_tables: Callable[[str], None] | None, *, template: str | None = None) -> str:
        """Return the URL of the database `name`, made if need be, from `template` and by `build_tables`.

        `build_tables` gets the URL of a database of another name: what bears the final name is complete.
        """
        with self.home.lock(f"database-{name}"):
            if not self.execute(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
                partial = f"{name}_partial"
                say(f"Building the tables of {name} …")
                self.execute(f'DROP DATABASE IF EXISTS "{partial}"')
                if template:
                    # PostgreSQL copies only a database that nobody else uses or copies.
                    with self.home.lock(f"template-{template}"):
                        self.execute(f'CREATE DATABASE "{partial}" TEMPLATE "{template}"')
                else:
                    self.execute(f'CREATE DATABASE "{partial}" TEMPLATE template0')
                    self.execute(PREPARE, partial)
                if build_tables:
                    build_tables(self.url_of(partial))
                self.execute(f'ALTER DATABASE "{partial}" RENAME TO "{name}"')
        return self.url_of(name)
