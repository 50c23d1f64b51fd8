"""Try the plugins of a NetBox in the process that this is, and write what failed: for NetBox's Python.

The argument is JSON: ``subject`` is the plugin that is tried, and ``result`` the file that is written. ``tables`` says
how the database comes by what it lacks: ``migrate`` by the plugin's migrations, and ``build`` by the models as they are
now, in seconds. Each failure is an error with the plugins that it belongs to.
"""

from __future__ import annotations

import io
import json
import os
import runpy
import sys
import sysconfig
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from traceback import walk_tb
from typing import Any

OURS = "netbox_plugin_reloader"
DOCUMENTATION = "project-static/docs"
"""What a checkout of NetBox lacks until its documentation is built; Django's check staticfiles.W004 misses it."""
NETBOX_PAGES = ("home", "extras:customfield", "extras:tag", "extras:eventrule")
PLUGINS: list[str] = json.loads(os.environ["NETBOX_LAB_PLUGINS"])
PACKAGES = os.environ["PYTHONPATH"].partition(os.pathsep)[0]
PREFIXES = (PACKAGES, sysconfig.get_path("purelib"), os.environ["NETBOX_LAB_ROOT"])


class Trial:
    """What was tried, and what failed."""

    def __init__(self, subject: str) -> None:
        self.subject = subject
        self.found: dict[str, Any] = {"failures": [], "pages": 0, "unmade": {}, "repaired": Counter(), "early": []}

    def failed(self, step: str, error: str, places: list[tuple[str, str]]) -> None:
        """Note an error by its first line; ``places`` are the plugins that it belongs to, each with its file."""
        first = next((line.strip() for line in error.splitlines() if line.strip()), "")
        self.found["failures"].append({"step": step, "error": shortened(first)[:300], "places": places})

    def raised(self, step: str, error: BaseException, owner: str = "") -> None:
        """Note an exception; it belongs to ``owner`` if the plugin is not to be seen in it."""
        from netbox_plugin_reloader.blame import blame

        blamed = blame(error)
        places = [(place.plugin, located(place.file, place.line)) for place in blamed.places] or list(ran(error))
        self.failed(step, blamed.error, places or [(owner, "")] * bool(owner))

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Note what the block raises, and end the trial: what comes after would fail for the same reason."""
        try:
            yield
        except BaseException as error:
            self.raised(name, error)
            raise SystemExit from error

    def run(self, tables: str) -> None:
        """Do all of it."""
        import django

        with self.step("start"):
            django.setup()
            from django.apps import apps

            if not apps.is_installed(self.subject):
                raise LookupError(f"NetBox does not load {self.subject}")
        from django.core.management import call_command

        with self.step("migrate"):
            if tables == "migrate":
                call_command("migrate", interactive=False, verbosity=0)
            elif tables == "build":
                runpy.run_module("tests.lab.tables")
        with self.step("check"):
            self.check()
        with self.step("URLs"):
            from django.core.handlers.wsgi import WSGIHandler
            from django.urls import get_resolver

            WSGIHandler()
            get_resolver().reverse_dict  # noqa: B018
        with self.step("walk"):
            self.walk()
        with self.step("plugin_reloader"):
            self.report()

    def check(self) -> None:
        """Note what ``manage.py check`` says; what this project says itself is in its report."""
        from django.core.checks import WARNING, run_checks

        from netbox_plugin_reloader.plugins import NETBOX, companion_configs, owner_of_module, plugin_configs

        configs = [*plugin_configs(), *companion_configs()]
        for message in run_checks():
            if DOCUMENTATION in str(message.msg) or str(message.id).startswith(OURS):
                continue
            if message.level >= WARNING and not message.is_silenced():
                thing = getattr(message.obj, "model", message.obj)
                module = getattr(thing, "__module__", None) or type(thing).__module__
                owner = owner_of_module(str(module), configs)
                self.failed("check", f"{message.id}: {message.msg}", [(owner, "")] * (owner != NETBOX))

    def walk(self) -> None:
        """Ask for the plugin's pages and endpoints, with and without objects, and NetBox's pages that it may extend.

        The other plugins' are left out: their tables may lack what their migrations put there.
        """
        from django.contrib.auth import get_user_model
        from django.db import transaction
        from django.test import Client
        from django.test.utils import override_settings
        from django.urls import get_resolver

        walked: Any = import_module("tests.netbox.walked")
        with TemporaryDirectory() as folder, override_settings(MEDIA_ROOT=folder), transaction.atomic():
            client = Client(raise_request_exception=False)
            users: Any = get_user_model().objects
            client.force_login(users.create_superuser("matrix", "matrix@example.com", "matrix"))
            label = next(config.label for config in walked.PLUGINS if config.name == self.subject)
            starts = {
                name: path
                for name, path in walked.named_paths(get_resolver())
                if is_page_of(name, label) or name.startswith(NETBOX_PAGES)
            }
            walked.make_values_plain()
            self.asked(walked, client, starts)
            pages: dict[str, str] = {}
            for model in walked.NETBOX_MODELS:
                made, _ = walked.make(model)
                if model._meta.model_name == "site" and made:
                    # The type of whatever an object refers to is that of sites as well.
                    for kind in ("PositiveIntegerField", "PositiveBigIntegerField"):
                        walked.baker.generators.add(f"django.db.models.{kind}", lambda key=made.pk: key)
                pages.update(walked.object_paths(made, shown=True) if made else ())
            for model in [model for model in walked.MODELS if model._meta.app_config.name == self.subject]:
                made, error = self.made(walked, model)
                if made is None:
                    self.found["unmade"][model._meta.label_lower] = error
                else:
                    pages.update(walked.object_paths(made, shown=True))
            lists = {f"{name} with objects": path for name, path in starts.items() if name.endswith(("_list", "-list"))}
            self.asked(walked, client, pages | lists)
            self.graphql(client)
            transaction.set_rollback(True)

    def asked(self, walked: Any, client: Any, paths: dict[str, str]) -> None:
        """Ask for pages, and note those that answer with an error of the server's."""
        self.found["pages"] += len(paths)
        for name, (status, error) in walked.answers(client, paths).items():
            if status >= 500:
                owner = self.subject if name.startswith("plugins") else ""
                if error is None:
                    self.failed(name, f"answers {status}", [(owner, "")] * bool(owner))
                else:
                    self.raised(name, error, owner)

    def made(self, walked: Any, model: Any) -> tuple[Any, str | None]:
        """Return an object of ``model`` that its own rules accept, or else why there is none."""
        from django.db import transaction

        try:
            with transaction.atomic():
                made, error = walked.make(model)
                if made is not None:
                    made.full_clean()
                return made, error
        except Exception as refused:
            return None, f"{type(refused).__name__}: {refused}"

    def graphql(self, client: Any) -> None:
        """Ask GraphQL for each list that the plugin offers."""
        from netbox.registry import registry

        from netbox_plugin_reloader.plugins import owner_of_module, plugin_configs

        for schema in registry["plugins"]["graphql_schemas"]:
            if owner_of_module(schema.__module__, plugin_configs()) != self.subject:
                continue
            for field in schema.__strawberry_definition__.fields:
                name = field.graphql_name or field.python_name
                if any(argument.python_name == "id" for argument in field.arguments):
                    continue
                query = json.dumps({"query": f"{{ {name} {{ __typename }} }}"})
                response = client.post("/graphql/", query, content_type="application/json")
                self.found["pages"] += 1
                errors = response.json().get("errors") if response.status_code == 200 else None
                if response.status_code >= 400 or errors:
                    said = errors[0]["message"] if errors else f"answers {response.status_code}"
                    self.failed(f"GraphQL {name}", said, [(self.subject, "")])

    def report(self) -> None:
        """Note what is not repaired, what had to be, and who loads what too early."""
        from django.core.management import call_command

        from netbox_plugin_reloader.report import STATES, Kind

        with redirect_stdout(io.StringIO()) as told:
            call_command("plugin_reloader", "status", "--json")
        report = json.loads(told.getvalue())
        for state in ("failures", "conflicts", "findings"):
            for row in report[state]:
                if row["kind"] == Kind.PROCESS:
                    # That files changed meanwhile is no matter of the plugin's.
                    continue
                error = f"{STATES[state]}: {row['kind']} {row['subject']}: {', '.join(row['names'])}"
                self.failed("plugin_reloader check", error, [(row["plugin"], "")] * (row["plugin"] != "netbox"))
        for row in report["repairs"]:
            self.found["repaired"][row["plugin"]] += len(row["names"])
        for early in report["early_imports"]:
            chain = [located(step["file"], step["line"]) for step in early["chain"][:1]]
            self.found["early"].append([early["plugin"], early["module"], *chain])


def is_page_of(name: str, label: str) -> bool:
    """Return whether the view ``name`` is in the namespace of the app ``label``."""
    return f"{name}_".startswith((f"plugins:{label}:", f"plugins-api:{label}-api:"))


def shortened(text: str) -> str:
    """Return a text in which files have their path below the folder that packages are in."""
    for prefix in PREFIXES:
        text = text.replace(f"{prefix}/", "")
    return text


def located(file: str, line: int) -> str:
    """Return a file with the line."""
    return shortened(f"{file}, line {line}") if file else ""


def ran(error: BaseException) -> Iterator[tuple[str, str]]:
    """Yield the plugin whose code ran last, by its name in PLUGINS: before Django knows the apps, nothing else is."""
    for frame, line in reversed(list(walk_tb(error.__traceback__))):
        name = str(frame.f_globals.get("__name__", ""))
        for plugin in PLUGINS:
            if f"{name}.".startswith(f"{plugin}.") and plugin != OURS:
                yield plugin, located(frame.f_code.co_filename, line)
                return


if __name__ == "__main__":
    question = json.loads(sys.argv[1])
    trial = Trial(question["subject"])
    with suppress(SystemExit):
        trial.run(question["tables"])
    Path(question["result"]).write_text(json.dumps(trial.found))
