"""What is in a built release: its metadata, its bounds and its files."""

from __future__ import annotations

import ast
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from packaging.metadata import ExceptionGroup, Metadata

from tests.lab.processes import run
from tools.release.build import Artifacts, build
from tools.release.errors import ReleaseError
from tools.release.lines import DISTRIBUTION, PACKAGE, Line
from tools.release.links import relative_links, repository
from tools.release.source import tracked
from tools.release.stamp import MANIFEST

BESIDE_THE_PACKAGE = {"CHANGELOG.md", "COMPATIBILITY.md", "LICENSE", "README.md", MANIFEST, "pyproject.toml"}
# hatchling adds the one to every source distribution, the other is the format's.
ADDED = {".gitignore", "PKG-INFO"}
DIST_INFO = {"METADATA", "RECORD", "WHEEL", "licenses/LICENSE"}


def verify(root: Path, artifacts: Artifacts) -> None:
    """Raise ReleaseError unless both files are complete, well-formed and those of their line.

    ``root`` is the work tree that they were built from.
    """
    line, package_files = artifacts.line, {path for path in tracked(root) if path.startswith(f"{PACKAGE}/")}
    top = f"{PACKAGE}-{line.version}"
    with tarfile.open(artifacts.sdist) as sdist:
        members = {member.name.removeprefix(f"{top}/"): member for member in sdist.getmembers() if member.isfile()}
        expect(line, "files of the source distribution", set(members), package_files | BESIDE_THE_PACKAGE | ADDED)
        sdist_text = {
            name: sdist.extractfile(members[name]).read().decode()  # type: ignore[union-attr]
            for name in ("PKG-INFO", f"{PACKAGE}/__init__.py", MANIFEST)
        }
    with zipfile.ZipFile(artifacts.wheel) as wheel:
        dist_info = {f"{top}.dist-info/{name}" for name in DIST_INFO}
        expect(line, "files of the wheel", set(wheel.namelist()), package_files | dist_info)
        wheel_text = {
            name: wheel.read(name).decode() for name in (f"{top}.dist-info/METADATA", f"{PACKAGE}/__init__.py")
        }
    for text in (sdist_text["PKG-INFO"], wheel_text[f"{top}.dist-info/METADATA"]):
        verify_metadata(line, text)
    for texts in (sdist_text, wheel_text):
        verify_module(line, texts[f"{PACKAGE}/__init__.py"])
    verify_manifest(line, sdist_text[MANIFEST])


def check(built: Sequence[Artifacts]) -> None:
    """Raise LabError with what twine or check-wheel-contents find in the files of ``built``."""
    wheels = [artifacts.wheel for artifacts in built]
    sdists = [artifacts.sdist for artifacts in built]
    run([sys.executable, "-m", "twine", "check", "--strict", *sdists, *wheels], "twine refuses a file")
    run([sys.executable, "-m", "check_wheel_contents", *wheels], "check-wheel-contents refuses a file")


def verify_reproducible(root: Path, artifacts: Artifacts) -> None:
    """Raise ReleaseError unless building again gives the same two files."""
    with tempfile.TemporaryDirectory() as folder:
        again = build(root, artifacts.line, Path(folder))
        for first, second in ((artifacts.sdist, again.sdist), (artifacts.wheel, again.wheel)):
            if first.read_bytes() != second.read_bytes():
                raise ReleaseError(f"{first.name} differs from one build to the next.")


def verify_metadata(line: Line, text: str) -> None:
    """Raise ReleaseError unless ``text`` is well-formed core metadata of ``line``."""
    try:
        metadata = Metadata.from_email(text, validate=True)
    except ExceptionGroup as error:
        raise ReleaseError(f"{line.version} has bad metadata: {[str(each) for each in error.exceptions]}") from error
    expect(line, "name", metadata.name, DISTRIBUTION)
    expect(line, "version", str(metadata.version), line.version)
    expect(line, "licence", (metadata.license_expression, metadata.license_files), ("MIT", ["LICENSE"]))
    if address := repository():
        expect(line, "source", (metadata.project_urls or {}).get("Source"), address)
        expect(line, "relative links", relative_links(metadata.description or ""), [])
    requirements = [str(requirement) for requirement in metadata.requires_dist or []]
    expect(line, "requirements", [name.partition(">")[0] for name in requirements], ["packaging"])


def verify_module(line: Line, text: str) -> None:
    """Raise ReleaseError unless the package's ``__init__`` states the version and the bounds of ``line``."""
    stated: dict[str, Any] = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            stated.update({name.id: node.value.value for name in node.targets if isinstance(name, ast.Name)})
    found = [stated.get(name) for name in ("__version__", "min_version", "max_version")]
    expect(line, "version and bounds", found, [line.version, line.min_version, line.max_version])


def verify_manifest(line: Line, text: str) -> None:
    """Raise ReleaseError unless the manifest states the names and the bounds of ``line``."""
    manifest = yaml.safe_load(text)
    found = [manifest.get(name) for name in ("package_name", "plugin_name", "netbox_min", "netbox_max")]
    expect(line, "manifest", found, [DISTRIBUTION, PACKAGE, line.min_version, line.max_version])


def expect(line: Line, what: str, found: object, expected: object) -> None:
    """Raise ReleaseError with the difference unless ``found`` is what is expected."""
    if found == expected:
        return
    if isinstance(found, set) and isinstance(expected, set):
        raise ReleaseError(
            f"{what} of {line.version}: unexpected {sorted(found - expected)}, missing {sorted(expected - found)}."
        )
    raise ReleaseError(f"{what} of {line.version}: {found!r}, and must be {expected!r}.")
