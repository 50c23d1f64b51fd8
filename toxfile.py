"""For tox: an environment that had no NetBox to run on stands as skipped in the summary, and not as one that passed."""

from __future__ import annotations

from pathlib import Path

from tox.config.sets import ConfigSet
from tox.execute.api import Outcome
from tox.plugin import impl
from tox.session.state import State
from tox.tox_env.api import ToxEnv
from tox.tox_env.errors import Skip

NOTE = "NETBOX_LAB_NOT_RUN"
"""The variable that names the file in which tests/lab/not_run.py says so."""

states: list[State] = []


@impl
def tox_add_core_config(core_conf: ConfigSet, state: State) -> None:
    """Remember which environments are run."""
    states[:] = [state]


@impl
def tox_before_run_commands(tox_env: ToxEnv) -> None:
    """Tell the commands where to say so, and forget what an earlier run said."""
    note = _note(tox_env)
    note.unlink(missing_ok=True)
    tox_env.conf["set_env"].update({NOTE: str(note)}, override=True)


@impl
def tox_after_run_commands(tox_env: ToxEnv, exit_code: int, outcomes: list[Outcome]) -> None:
    """Have the environment skipped if it said so."""
    note = _note(tox_env)
    # Where it is the only one, tox would take that for a failure; and the reason is the last that was printed.
    alone = len(list(states[0].envs.iter())) == 1
    if note.exists() and not exit_code and not alone:
        raise Skip(note.read_text())


def _note(tox_env: ToxEnv) -> Path:
    folder: Path = tox_env.core["work_dir"]
    return folder / "not-run" / tox_env.conf.name
