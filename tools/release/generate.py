"""What follows from the supported table and stands elsewhere too: tox, CI, documentation and metadata."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from tools.release.lines import Line, read_lines
from tools.release.places import Place
from tools.release.stamp import stamps

TOX = "tox.ini"
CI = ".github/workflows/ci.yml"
CANARY = ".github/workflows/canary.yml"
CHANGELOG = "CHANGELOG.md"
COMPATIBILITY = "COMPATIBILITY.md"
# The line on which workers are replaced under load; its name is part of the tox environment's.
RECYCLING = "4.5"
# The lines that differ least from a neighbour: unless told otherwise, tox runs only the main part of the suite on them.
MAIN_ONLY = ("4.3", "4.4", "4.6")
REAL_PLUGINS = Path("tests/netbox/real_plugins")
COMPATIBILITY_ROWS = re.compile(r"^\| (\d[\d.]+) \| [\d.]+ \| [\d.]+ \|\n", re.MULTILINE)


def places(root: Path) -> list[Place]:
    """Return every place in the tree ``root`` that must agree with its supported table, and what belongs there.

    Raises ReleaseError if the tree states no version.
    """
    lines = read_lines(root)
    with_plugins = [line for line in lines if (root / REAL_PLUGINS / f"{line.name}.txt").is_file()]
    return [
        *stamps(lines[-1]),
        *tox_places(lines, with_plugins),
        *ci_places(lines, with_plugins),
        *canary_places(lines),
        *metadata_places(lines),
        *documentation_places(root, lines),
    ]


def tox_places(lines: Sequence[Line], with_plugins: Sequence[Line]) -> list[Place]:
    """Return the places in tox.ini; ``with_plugins`` are the lines that real plugins are tested on."""
    ends = (lines[0], lines[-1])
    sample = oldest_middle_newest(lines)
    whole = [line for line in lines[1:-1] if line.name not in MAIN_ONLY]
    with_main = [line for line in lines if line not in whole]
    with_first = [line for line in lines if line.first_tag != line.last_tag]
    pythons = all_pythons(lines)
    common = common_python(lines)
    others = [python for python in pythons if python != common]
    unless = "-".join(f"!py{digits(python)}" for python in others)
    base_python = run_of(f"    py{digits(python)}: python{python}\n" for python in others)
    return [
        Place(TOX, r"^    (?P<value>netbox\{[\d, ]+\})$", f"netbox{braces(whole)}", times=2),
        Place(TOX, r"^    netbox(?P<value>\{[\d, ]+\})-rest$", braces(ends), times=2),
        Place(TOX, r"^    netbox(?P<value>\{[\d, ]+\})-main$", braces(with_main), times=2),
        Place(TOX, r"^    main = .*netbox(?P<value>\{[\d, ]+\})-main$", braces(ends)),
        # What `make test` has done is not done again.
        Place("Makefile", r"netbox\((?P<value>[\d|]+)\)-main", "|".join(line.factor for line in ends)),
        Place(TOX, r"^    main = lint, types, unit-py(?P<value>\d+), ", digits(common_python(lines))),
        Place(TOX, r"^    netbox(?P<value>\{[\d, ]+\})first-brief$", braces(with_first)),
        Place(TOX, r"^    (?P<value>plugins\{[\d, ]+\})$", f"plugins{braces((with_plugins[0], with_plugins[-1]))}"),
        Place(TOX, r"^\[testenv:unit-py(?P<value>\{[\d, ]+\})\]$", f"{{{', '.join(map(digits, pythons))}}}"),
        Place(TOX, r"^\[testenv:netbox(?P<value>\{[\d, ]+\})", braces(lines)),
        Place(
            TOX, r"^\[testenv:netbox.*\{(?P<value>, -py.*?)\}", "".join(f", -py{digits(python)}" for python in pythons)
        ),
        Place(
            TOX,
            r"(?P<value>(?:^    py\d+: python[\d.]+\n)+^    !py.*: python[\d.]+\n)",
            f"{base_python}    {unless}: python{common}\n",
        ),
        Place(
            TOX,
            r"^    (?P<value>netbox.*): COVERAGE_PROCESS_START = ",
            ", ".join(f"netbox{line.factor}" for line in lines),
        ),
        Place(TOX, releases_of("netbox"), run_of(f"    {name}: {release(tag)}\n" for name, tag in contract(lines))),
        Place(TOX, r"^\[testenv:plugins(?P<value>\{[\d, ]+\})\]$", braces(with_plugins)),
        Place(TOX, releases_of("plugins"), last_releases("plugins", with_plugins)),
        Place(TOX, r"^\[testenv:netbox-tests-(?P<value>\{[\d, ]+\})\]$", braces(lines)),
        Place(TOX, releases_of("netbox-tests-"), last_releases("netbox-tests-", lines)),
        Place(TOX, r"^\[testenv:properties(?P<value>\{[\d, ]+\})\]$", braces(sample)),
        Place(TOX, releases_of("properties"), last_releases("properties", sample)),
        *(
            place
            for name in ("browser", "following")
            for place in (
                Place(TOX, rf"^    (?P<value>{name}\{{[\d, ]+\}})$", f"{name}{braces(ends)}"),
                Place(TOX, rf"^\[testenv:{name}(?P<value>\{{[\d, ]+\}})\]$", braces(ends)),
                Place(TOX, releases_of(name), last_releases(name, ends)),
            )
        ),
        Place(TOX, only_release_of("screenshots"), lines[0].last_tag),
        *(
            Place(TOX, only_release_of(rf"recycling{line.factor}.*"), line.last_tag)
            for line in lines
            if line.name == RECYCLING
        ),
    ]


def ci_places(lines: Sequence[Line], with_plugins: Sequence[Line]) -> list[Place]:
    """Return the places in CI's workflow; ``with_plugins`` are the lines that real plugins are tested on."""
    ends = (lines[0], lines[-1])
    return [
        matrix(r'python: "[\d.]+", environment: unit-\S+', unit_entries(lines)),
        matrix(r'netbox: \S+, python: "[\d.]+", environment: netbox\S+', contract_entries(lines)),
        matrix(
            r'line: "[\d.]+", environment: plugins\d+',
            [f'line: "{line.name}", environment: plugins{line.factor}' for line in with_plugins],
        ),
        matrix(
            r"netbox: \S+, environment: browser\d+",
            [f"netbox: {line.last_tag}, environment: browser{line.factor}" for line in ends],
        ),
        Place(
            CI,
            r"^        environment: \[(?P<value>(?:following\d+, )+)",
            "".join(f"following{line.factor}, " for line in ends),
        ),
    ]


def canary_places(lines: Sequence[Line]) -> list[Place]:
    """Return the places in the weekly workflow: every line."""
    return [
        Place(CANARY, r"^        line: \[(?P<value>[^]]+)\]$", ", ".join(f'"{line.name}"' for line in lines)),
        Place(
            CANARY,
            r"(?P<value>(?:^          - netbox-tests-\d+\n)+)",
            run_of(f"          - netbox-tests-{line.factor}\n" for line in lines),
        ),
    ]


def metadata_places(lines: Sequence[Line]) -> list[Place]:
    """Return the places in pyproject.toml: the classifiers."""
    djangos = dict.fromkeys(line.django for line in lines)
    return [
        classifiers("Framework :: Django :: ", djangos),
        classifiers("Programming Language :: Python :: ", all_pythons(lines)),
    ]


def documentation_places(root: Path, lines: Sequence[Line]) -> list[Place]:
    """Return the places in README, COMPATIBILITY and, until the increment is released, the head of the CHANGELOG.

    COMPATIBILITY keeps the rows of earlier increments.
    """
    rows = "".join(
        f"| {line.name} | {', '.join(line.tags)}{' (wheels)' if line.source == 'index' else ''} "
        f"| {', '.join(line.pythons)} | `~={line.version}`, or no pin |\n"
        for line in lines
    )
    ours = {line.version: f"| {line.version} | {line.min_version} | {line.max_version} |\n" for line in reversed(lines)}
    compatibility = (root / COMPATIBILITY).read_text(encoding="utf-8")
    suffix = f".{lines[-1].increment}"
    earlier = [row[0] for row in COMPATIBILITY_ROWS.finditer(compatibility) if not row[1].endswith(suffix)]
    head = r"^## (?P<value>[\d., ]+) \(unreleased\)$"
    under_head = r"^## [\d., ]+ \(unreleased\)\n\n> \*\*Compatibility:\*\* NetBox (?P<value>.+)$"
    unreleased = re.search(head, (root / CHANGELOG).read_text(encoding="utf-8"), re.MULTILINE)
    return [
        Place("README.md", r"(?P<value>(?:^\| \d\.\d+ \|.*\| `~=[\d.]+`.*\n)+)", rows),
        Place(COMPATIBILITY, rf"(?P<value>(?:{COMPATIBILITY_ROWS.pattern})+)", run_of([*ours.values(), *earlier])),
        *(
            [
                Place(CHANGELOG, head, ", ".join(line.version for line in lines)),
                Place(CHANGELOG, under_head, ", ".join(f"v{line.name}" for line in lines)),
            ]
            if unreleased
            else []
        ),
    ]


def contract(lines: Sequence[Line]) -> list[tuple[str, str]]:
    """Return the tox environments of the contract suite, and the NetBox release of each."""
    return [
        (f"netbox{line.factor}{'first' if tag != line.last_tag else ''}", tag)
        for line in lines
        for tag in reversed(line.tags)
    ]


def contract_entries(lines: Sequence[Line]) -> list[str]:
    """Return CI's entries of the contract suite: first and last release, on the oldest and the newest Python."""
    return [
        f'netbox: {tag}, python: "{python}", environment: '
        f"netbox{line.factor}{'first' if tag != line.last_tag else ''}-py{digits(python)}"
        for line in lines
        for tag in line.tags
        for python in (line.pythons[0], line.pythons[-1])
    ]


def unit_entries(lines: Sequence[Line]) -> list[str]:
    """Return CI's entries of the unit tests, one for each Python."""
    return [f'python: "{python}", environment: unit-py{digits(python)}' for python in all_pythons(lines)]


def matrix(pattern: str, entries: Iterable[str]) -> Place:
    """Return the place of the matrix entries in CI's workflow whose content has the ``pattern``."""
    indent = " " * 10
    return Place(
        CI,
        rf"(?P<value>(?:^{indent}- \{{ {pattern} \}}\n)+)",
        run_of(f"{indent}- {{ {entry} }}\n" for entry in entries),
    )


def classifiers(prefix: str, versions: Iterable[str]) -> Place:
    """Return the place of the classifiers that begin with ``prefix`` and end with a version."""
    return Place(
        "pyproject.toml",
        rf'(?P<value>(?:^  "{prefix}\d\.\d+",\n)+)',
        run_of(f'  "{prefix}{version}",\n' for version in versions),
    )


def releases_of(name: str) -> str:
    """Return the pattern of the lines that set the NetBox release of the environments ``name``."""
    return rf"(?P<value>(?:^    {name}\d+(?:first)?: NETBOX_TEST_RELEASE = \S+\n)+)"


def only_release_of(name: str) -> str:
    """Return the pattern of the one NetBox release of the section ``name``."""
    return rf"^\[testenv:{name}\]\n(?:(?!\[).*\n)*?    NETBOX_TEST_RELEASE = (?P<value>\S+)$"


def last_releases(name: str, lines: Iterable[Line]) -> str:
    """Return the lines that set the last release of each NetBox line for the environments ``name``."""
    return run_of(f"    {name}{line.factor}: {release(line.last_tag)}\n" for line in lines)


def release(tag: str) -> str:
    """Return how tox.ini sets the NetBox release."""
    return f"NETBOX_TEST_RELEASE = {tag}"


def oldest_middle_newest(lines: Sequence[Line]) -> list[Line]:
    """Return three of the lines, or fewer if there are not so many."""
    return list(dict.fromkeys([lines[0], lines[len(lines) // 2], lines[-1]]))


def all_pythons(lines: Sequence[Line]) -> list[str]:
    """Return every Python of the lines, oldest first."""
    return sorted({python for line in lines for python in line.pythons}, key=python_key)


def common_python(lines: Sequence[Line]) -> str:
    """Return the newest Python that all lines run on."""
    return max(set.intersection(*(set(line.pythons) for line in lines)), key=python_key)


def python_key(python: str) -> int:
    """Return the number that puts Python versions in order."""
    return int(python.partition(".")[2])


def digits(version: str) -> str:
    """Return a version as it stands in names of tox environments: 310 for 3.10."""
    return version.replace(".", "")


def braces(lines: Iterable[Line]) -> str:
    """Return the lines as tox lists them: {42, 43}."""
    return f"{{{', '.join(line.factor for line in lines)}}}"


def run_of(lines: Iterable[str]) -> str:
    """Return consecutive lines of a file as one text."""
    return "".join(lines)
