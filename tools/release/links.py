"""Where the project lives, for the page that PyPI shows: there, a relative link of README leads nowhere.

The tree does not know its address, because it is the same in every fork; GitHub's workflows do.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from tools.release.lines import Line

README = "README.md"
PROJECT = "pyproject.toml"
_RELATIVE = re.compile(r"(?P<image>!?)(?P<text>\[[^]]*\])\((?!\w+:|#)(?P<target>[^)\s]+)\)")


def repository() -> str:
    """Return the address of the repository in which a workflow of GitHub runs, or "" anywhere else."""
    name = os.environ.get("GITHUB_REPOSITORY", "")
    return f"{os.environ.get('GITHUB_SERVER_URL', 'https://github.com')}/{name}" if name else ""


def relative_links(text: str) -> list[str]:
    """Return the targets of the relative links of a Markdown text, but for those inside its page."""
    return [match["target"] for match in _RELATIVE.finditer(text)]


def with_absolute_links(text: str, address: str, line: Line) -> str:
    """Return a Markdown text whose relative links lead to the tag of ``line`` in the repository at ``address``."""

    def absolute(match: re.Match[str]) -> str:
        kind = "raw" if match["image"] else "blob"
        return f"{match['image']}{match['text']}({address}/{kind}/v{line.version}/{match['target']})"

    return _RELATIVE.sub(absolute, text)


def put_links(tree: Path, address: str, line: Line) -> None:
    """Name the repository at ``address`` in the metadata of ``tree``, which is to be the release of ``line``."""
    readme, project = tree / README, tree / PROJECT
    readme.write_text(with_absolute_links(readme.read_text(encoding="utf-8"), address, line), encoding="utf-8")
    urls = {
        "Source": address,
        "Changelog": f"{address}/blob/v{line.version}/CHANGELOG.md",
        "Documentation": f"{address}/tree/v{line.version}/docs",
        "Issues": f"{address}/issues",
    }
    table = "".join(f'{name} = "{url}"\n' for name, url in urls.items())
    project.write_text(f"{project.read_text(encoding='utf-8')}\n[project.urls]\n{table}", encoding="utf-8")
