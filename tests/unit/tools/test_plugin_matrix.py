"""What a plugin is tried on, what is said when it cannot be tried, and what is told of it afterwards."""

from __future__ import annotations

import json
import subprocess
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.lab.errors import LabError
from tests.lab.home import Home
from tests.lab.source import SUPPORTED, Source
from tools.plugin_matrix import __main__ as command
from tools.plugin_matrix import described as looked_at
from tools.plugin_matrix import requirement, trial
from tools.plugin_matrix.page import page, text
from tools.plugin_matrix.trial import Failure, Matrix, Order, Plugin, Subject, Trial

ENDS = [row[end] for row in SUPPORTED for end in ("first_tag", "last_tag")]
LAST = SUPPORTED[-1]["last_tag"]
ZOO = Plugin("zoo", "netbox-zoo", "1.2", "4.5.0", "4.7.99", (LAST,))
CLASH = Failure(
    "URLs", "DuplicatedTypeName: Type Cage", (("zoo", "zoo/types.py, line 3"), ("farm", "farm/t.py, line 9"))
)
OF_OTHERS = Failure("check", "models.W042: no key", (("farm", ""),))
ALONE = Order("alone", (), (), 9, 10, {"zoo.cage": "ValueError: no bars"}, {"zoo": 2, "farm": 7})
BEFORE = Order("before", ("farm",), (CLASH,), 4, early=(("zoo", "extras.forms", "zoo/x.py, line 1"),))
BEHIND = replace(BEFORE, where="behind", failures=(replace(CLASH, places=CLASH.places[::-1]), OF_OTHERS))
TRIED = Trial(ZOO, LAST, "abc", (ALONE, BEFORE, BEHIND))
UNMET = f"The requirements of netbox-zoo, farm cannot be met beside NetBox {LAST}"
SOURCE = Source(LAST, LAST, ("django==6.1.2", "psycopg[binary,pool]==3.3.6"))


def test_a_line_stands_for_its_first_and_its_last_release():
    assert command.releases_of("4.7, 4.5.3,4.5") == ["4.5.0", "4.5.3", "4.5.10", "4.7.0", "4.7.3"]
    assert command.releases_of("") == ENDS


@pytest.mark.parametrize(
    ("admitted", "limits", "chosen"),
    [
        (["4.5.0", "4.5.10"], ["4.5.0", "4.5.99"], ["4.5.0", "4.5.10"]),
        (["4.7.3", "4.7.1"], ["4.7.1", "4.7.99"], ["4.7.1", "4.7.3"]),
        (["4.5.0", "4.5.4"], ["4.5.0", "4.5.4"], ["4.5.0", "4.5.4"]),
        # One that is newer than all we know does not exist for us.
        (["4.6.0", "4.6.8", "4.7.4"], ["4.6.0", "4.7.4"], ["4.6.0", "4.6.8"]),
        ([], ["3.7.0", "3.7.99"], []),
    ],
)
def test_a_plugins_own_limit_takes_the_place_of_a_release_that_it_excludes(admitted, limits, chosen):
    assert command.chosen_of(ENDS, admitted, limits) == chosen


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Return a function that installs netbox-zoo with packages of one file each; no two tests may name one alike."""
    monkeypatch.syspath_prepend(tmp_path)

    def make(packages):
        for package, source in packages.items():
            (tmp_path / package).mkdir()
            (tmp_path / package / "__init__.py").write_text(source)
        info = tmp_path / "netbox_zoo-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: netbox-zoo\nVersion: 1.2\n")
        (info / "RECORD").write_text("".join(f"{package}/__init__.py,,\n" for package in packages))

    return make


def config(oldest, newest):
    limits = f"class Config(PluginConfig):\n    min_version, max_version = {oldest!r}, {newest!r}\nconfig = Config\n"
    return f"from netbox.plugins import PluginConfig\n{limits}"


FREE = config(None, None)
QUESTION = {"distributions": ["netbox-zoo"], "subject": "netbox-zoo", "plugin": "", "releases": ENDS}


@pytest.mark.parametrize(
    ("sources", "named", "name", "limits", "admitted"),
    [
        (
            {"zoo_one": config("4.5.2", "4.6.99"), "zoo_other": "import nothing_of_this_name"},
            "",
            "zoo_one",
            ("4.5.2", "4.6.99"),
            ["4.5.10", "4.6.0", "4.6.8", "4.5.2", "4.6.99"],
        ),
        ({"zoo_free": FREE}, "", "zoo_free", ("", ""), ENDS),
        ({"zoo_e": FREE, "zoo_f": FREE}, "zoo_f", "zoo_f", ("", ""), ENDS),
    ],
    ids=["limits", "no limits", "one of two"],
)
def test_what_a_plugin_says_of_itself(install, sources, named, name, limits, admitted):
    install(sources)
    found = Plugin(name, "netbox-zoo", "1.2", *limits, admitted)
    assert looked_at.main({**QUESTION, "plugin": named}) == {"plugins": [vars(found)], "errors": {}}


@pytest.mark.parametrize(
    ("sources", "sentence"),
    [
        ({}, "There is no plugin in netbox-zoo: no package of it has a config that is a PluginConfig."),
        ({"zoo_z": "config = 1  # netbox"}, "There is no plugin in netbox-zoo: no package of it has a config that is"),
        ({"zoo_a": FREE, "zoo_b": FREE}, "There are 2 plugins in netbox-zoo, zoo_a, zoo_b: say which one to try by"),
        ({"zoo_c": f"{FREE}import gone"}, "The plugin zoo_c does not import: ModuleNotFoundError: No module named"),
        ({"zoo_d": f"{FREE}import netbox_farm.api"}, "Does it need the plugin netbox_farm? Name that by --with."),
    ],
    ids=["none", "no PluginConfig", "two", "does not import", "needs another"],
)
def test_what_cannot_be_tried_is_said_in_a_sentence(install, sources, sentence):
    install(sources)
    answer = looked_at.main(QUESTION)
    with pytest.raises(LabError) as raised:
        trial.chosen("netbox-zoo", [Plugin(**found) for found in answer["plugins"]], answer["errors"])
    assert sentence in str(raised.value)


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("./gone", "There is no plugin at ./gone: no such file or folder."),
        ("gone.whl", "There is no plugin at gone.whl: no such file or folder."),
        ("empty", "There is no plugin at empty: the folder has neither pyproject.toml nor setup.py."),
        ("notes.txt", "There is no plugin at notes.txt: give a checkout, a wheel or a source distribution."),
    ],
)
def test_a_path_without_a_plugin(home, tmp_path, monkeypatch, name, sentence):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").touch()
    with pytest.raises(LabError) as raised:
        requirement.requirement_of(home, None, name)
    assert str(raised.value) == sentence


def test_a_wheel_is_another_one_when_its_content_is(home, tmp_path):
    wheel = tmp_path / "netbox_zoo-1.2-py3-none-any.whl"
    wheel.write_bytes(b"one")
    one = requirement.requirement_of(home, None, str(wheel))
    wheel.write_bytes(b"other")
    other = requirement.requirement_of(home, None, str(wheel))
    assert one != other
    assert requirement.distribution_of(one) == requirement.shown(one) == "netbox-zoo"


def test_a_name_of_the_index_may_have_a_version(home):
    assert requirement.requirement_of(home, None, "netbox-zoo==1.2") == "netbox-zoo==1.2"
    assert requirement.distribution_of("Netbox_Zoo==1.2") == "netbox-zoo"


def test_others_are_of_the_version_that_loads_on_that_netbox():
    assert requirement.companion("netbox-dns", "4.2.0") == "netbox-plugin-dns==1.2.14"
    assert requirement.companion("netbox-bgp", "4.2.9") == "netbox-bgp==0.15.0"
    assert requirement.companion("netbox-zoo", "4.2.9") == "netbox-zoo"


def compiled(monkeypatch, status, pins="", stderr=""):
    def compile_(command, **_):
        Path(command[command.index("--output-file") + 1]).write_text(pins)
        return subprocess.CompletedProcess(command, status, "", stderr)

    monkeypatch.setattr(requirement, "installed_pins", lambda *_: [])
    monkeypatch.setattr(subprocess, "run", compile_)
    return requirement.resolved(
        type("Tools", (), {"uv": "uv"}), SOURCE, Path("python"), ["netbox-zoo", "farm @ file:///f"]
    )


def test_what_netbox_has_is_not_installed_again(monkeypatch):
    pins = "django==6.1.2\nnetbox-zoo==1.2\npsycopg==3.3.6\nfarm @ file:///f\ncolor==1 ; sys_platform == 'x'\n# x\n"
    assert compiled(monkeypatch, 0, pins) == ["netbox-zoo==1.2", "farm @ file:///f", "color==1"]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            # As uv 0.13 puts it, and as others do.
            "error: No solution found when resolving dependencies\n  cause: Because zoo depends on django<5\n we lose.",
            f"{UNMET}: Because zoo depends on django<5 we lose.",
        ),
        (
            "  \u00d7 No solution found when resolving dependencies:\n  \u2570\u2500 Because zoo depends on django<5.",
            f"{UNMET}: Because zoo depends on django<5.",
        ),
        (
            "error: No solution\n  cause: Because netbox-zoo was not found in the package registry and you require it.",
            "There is no netbox-zoo on the package index.",
        ),
        (
            "error: Failed to fetch: `https://pypi.org/simple/netbox-zoo/`\n  cause: error sending request",
            "The requirements of netbox-zoo, farm cannot be looked up: the package index cannot be reached.",
        ),
    ],
    ids=["uv 0.13", "with arrows", "no such name", "no network"],
)
def test_requirements_that_cannot_be_met(monkeypatch, said, sentence):
    with pytest.raises(LabError) as raised:
        compiled(monkeypatch, 1, stderr=said)
    assert str(raised.value) == sentence


@pytest.fixture
def matrix(monkeypatch, tmp_path):
    """Return a matrix in which nothing is installed or run, and the releases that were opened."""
    opened = []

    class Lab:
        home = Home(tmp_path)

        @contextmanager
        def open(self, release, **_):
            opened.append(release)
            yield type("NetBox", (), {"environ": {"PYTHONPATH": "/packages/all"}})

    monkeypatch.setattr(trial, "prepare_tools", lambda home: None)
    monkeypatch.setattr(trial, "tested_commit", lambda *decisive: "abc")
    return Matrix(Lab()), opened


def test_a_plugin_that_needs_another_one(matrix, monkeypatch):
    made, _ = matrix
    base = type("NetBox", (), {"source": SOURCE, "python": "python", "environ": {}})
    made.lab.equipped = lambda base, pins: base
    farm = replace(ZOO, name="farm", distribution="netbox-farm")
    answer = json.dumps({"plugins": [vars(ZOO), vars(farm)], "errors": {}})
    monkeypatch.setattr(trial, "resolved", lambda *_: ["netbox-farm==2", "netbox-zoo==1.2"])
    monkeypatch.setattr(trial, "run", lambda *_, **__: f"noise\n{answer}\n")
    with pytest.raises(LabError, match=r"^zoo needs the plugin farm: name it by --with netbox-farm\.$"):
        made._equip(base, Subject("netbox-zoo"), [], [LAST])
    assert made._equip(base, Subject("netbox-zoo"), ["netbox-farm"], [LAST])[1] == [
        replace(found, admitted=[LAST]) for found in (ZOO, farm)
    ]


def test_a_plugin_is_described_on_an_older_netbox_if_it_cannot_be_installed_beside_the_newest(matrix, monkeypatch):
    made, opened = matrix

    def equip(base, subject, named, releases):
        if opened[-1] != "4.2.9":
            raise LabError(f"not on {opened[-1]}")
        return base, [ZOO]

    monkeypatch.setattr(made, "_equip", equip)
    assert made.describe(Subject("netbox-zoo"), ["4.2.9", "4.6.8", LAST]) == ZOO
    assert opened == [LAST, "4.6.8", "4.2.9"]
    with pytest.raises(LabError, match=f"not on {LAST}"):
        made.describe(Subject("netbox-zoo"), ["4.6.8", LAST])


def test_what_was_tried_is_not_tried_again(matrix, monkeypatch):
    made, _ = matrix
    farms = [replace(ZOO, name=f"farm{number}", distribution=f"netbox-farm{number}") for number in range(3)]
    runs = []

    def orders(netbox, subject, plugin, beside):
        runs.append(beside)
        return TRIED.orders

    monkeypatch.setattr(
        made, "_equip", lambda *_: (type("N", (), {"environ": {"PYTHONPATH": "/p/all"}}), [ZOO, *farms])
    )
    monkeypatch.setattr(made, "_orders", orders)
    first = made.try_on(Subject("netbox-zoo"), LAST)
    again = made.try_on(Subject("netbox-zoo"), LAST)
    assert again == first == TRIED
    assert runs == [["farm0", "farm1"]]
    made.try_on(Subject("netbox-zoo", again=True), LAST)
    made.try_on(Subject("netbox-zoo", config={"zoo": {"size": 3}}), LAST)
    made.commit = ""
    made.try_on(Subject("netbox-zoo"), LAST)
    made.try_on(Subject("netbox-zoo"), LAST)
    assert len(runs) == 5


def test_it_is_tried_alone_where_it_cannot_be_installed_beside_the_others(matrix, monkeypatch):
    made, _ = matrix

    def equip(base, subject, named, releases):
        if named:
            raise LabError("The requirements cannot be met.")
        return base, [ZOO]

    monkeypatch.setattr(made, "_equip", equip)
    monkeypatch.setattr(made, "_orders", lambda netbox, subject, plugin, beside: (ALONE,) if not beside else None)
    assert made.try_on(Subject("netbox-zoo", companions=["farm"]), LAST).note == "The requirements cannot be met."


def test_only_what_concerns_the_plugin_fails_it():
    assert TRIED.failed
    assert not replace(TRIED, orders=(ALONE, replace(BEHIND, failures=(OF_OTHERS,)))).failed
    nobodys = replace(OF_OTHERS, places=())
    assert replace(TRIED, orders=(replace(ALONE, failures=(nobodys,)),)).failed


def test_what_was_found_is_told_once_with_all_plugins_that_it_belongs_to():
    assert text([TRIED], ["4.2.9"]).splitlines() == [
        "| Plugin | NetBox | Alone | Before others | Behind others | Pages | Models left out | Repaired by us |",
        "|---|---|---|---|---|--:|--:|---|",
        f"| netbox-zoo 1.2 | {LAST} | passed | **1 failed** | **1 failed**, 1 of others | 10 | 1 | 2 |",
        "",
        "- `DuplicatedTypeName: Type Cage`",
        "    - belongs to: farm (farm/t.py, line 9); zoo (zoo/types.py, line 3)",
        "    - in: URLs",
        f"    - on: {LAST} before farm; {LAST} behind farm",
        "- `models.W042: no key`",
        "    - belongs to: farm",
        "    - in: check",
        f"    - on: {LAST} behind farm",
        "- left out, because random values make no object of it: zoo.cage",
        "- loads `extras.forms` before the last plugin is ready: zoo/x.py, line 1",
        "- not tried, because zoo 1.2 admits NetBox from 4.5.0 up to 4.7.99: 4.2.9",
    ]


def test_the_page_names_what_was_not_tried():
    written = page([[TRIED]], ["netbox-farm was not tried: no reason"], date(2026, 11, 26))
    assert "2026-11-26, commit `abc`" in written
    assert written.endswith("\n- netbox-farm was not tried: no reason\n")


@pytest.mark.parametrize("failed", [False, True])
def test_exit_status(monkeypatch, tmp_path, failed):
    tried = replace(TRIED, orders=(BEFORE if failed else ALONE,))
    monkeypatch.setattr(command, "try_all", lambda name, options: [tried])
    file = tmp_path / "found.md"
    assert command.main(["netbox-zoo", "--markdown", str(file)]) == int(failed)
    assert f"| netbox-zoo 1.2 | {LAST} |" in file.read_text()


def test_one_that_cannot_be_tried_is_not_the_end(monkeypatch, capsys):
    def try_all(name, options):
        if name == "gone":
            raise LabError("There is no plugin in gone.")
        return [TRIED]

    monkeypatch.setattr(command, "try_all", try_all)
    assert command.main(["gone", "netbox-zoo"]) == 2
    assert capsys.readouterr().err == "error: There is no plugin in gone.\n"


def test_nothing_is_asked_for(capsys):
    with pytest.raises(SystemExit) as ended:
        command.main([])
    assert ended.value.code == 2
    assert "name a plugin" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "status", "tried", "told"),
    [
        (["--lines-json"], 0, [], '["4.5", "4.6"]\n'),
        (["--netbox", "4.5,4.6.8"], 1, ["4.5.10", "4.6.8"], "admits NetBox from 4.5.0 up to 4.7.99: 4.5.0\n"),
        (["--netbox", "4.2"], 2, [], "zoo 1.2 admits NetBox from 4.5.0 up to 4.7.99: none of 4.2.0, 4.2.9.\n"),
        *(
            (["--netbox", wanted], 2, [], f"error: NetBox {wanted} is of no line that is supported: give one of 4.2, ")
            for wanted in ("4.1", "4.9.1", "5", "new")
        ),
    ],
)
def test_a_plugin_is_tried_on_what_it_admits(monkeypatch, capsys, options, status, tried, told):
    releases = []
    monkeypatch.setattr(command, "Lab", lambda: type("Lab", (), {"home": None}))
    monkeypatch.setattr(trial, "prepare_tools", lambda home: None)
    described = replace(ZOO, admitted=("4.5.10", "4.6.0", "4.6.8"))
    monkeypatch.setattr(Matrix, "describe", lambda self, subject, releases: described)
    monkeypatch.setattr(Matrix, "try_on", lambda self, subject, release: releases.append(release) or TRIED)
    assert command.main(["netbox-zoo", *options]) == status
    assert told in "".join(capsys.readouterr())
    assert releases == tried
