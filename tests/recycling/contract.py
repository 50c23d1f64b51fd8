"""What holds for every server whose workers our command replaces: a test module makes a subclass, and a ``server``.

A plugin is installed, upgraded and removed while visitors use NetBox; after each recycling all workers are new, as
many as before and of one mind, and no visitor noticed. With a plugin that would break NetBox nothing happens at all.
"""

from __future__ import annotations

import pytest

from tests.recycling.installation import BROKEN
from tests.recycling.phases import recycled
from tests.recycling.serving import WORKERS

PHASES = ("installed", "upgraded", "removed")
REASONS = {
    "syntax_error": "SyntaxError",
    "raises_on_import": "raised by raises_on_import",
    "pending_migration": "pending_migration.0001_initial",
}
"""What the refusal of each broken plugin says."""


class RecyclingContract:
    @pytest.fixture(params=PHASES)
    def phase(self, request):
        return request.getfixturevalue(request.param)

    def test_the_command_succeeds(self, phase):
        assert phase.command.returncode == 0, phase.output

    def test_no_request_is_lost(self, phase):
        assert phase.figures.requests > 0
        assert phase.figures.lost == {}

    def test_every_worker_is_new_and_they_are_as_many_as_before(self, phase):
        assert len(phase.before) == len(phase.after) == WORKERS
        assert not phase.before & phase.after

    @pytest.mark.parametrize(("name", "version"), [("installed", "1.0"), ("upgraded", "2.0")])
    def test_every_worker_has_the_plugin_as_it_is_on_disk(self, request, name, version):
        phase = request.getfixturevalue(name)
        assert phase.seen == dict.fromkeys(phase.after, version)

    def test_no_worker_has_a_plugin_that_left(self, removed):
        assert removed.seen == {404}

    @pytest.mark.parametrize("name", BROKEN)
    def test_a_plugin_that_would_break_netbox_is_refused(self, name, removed, server, load, note, installation):
        def change():
            installation.install(name, "1.0", BROKEN[name])
            installation.enable(name)

        try:
            phase = recycled(server, load, change, look=server.answers)
        finally:
            installation.enable()
        note(f"recycle refused, {name}", phase.figures)
        assert phase.command.returncode == 1
        assert REASONS[name] in phase.output
        assert phase.after == phase.before
        assert phase.figures.lost == {}
