"""On PyPI's page every link of README leads to the repository."""

from __future__ import annotations

import shutil

import pytest

from tools.release.__main__ import ROOT
from tools.release.lines import read_lines
from tools.release.links import PROJECT, README, put_links, relative_links, repository, with_absolute_links

ADDRESS = "https://github.com/owner/name"
LINE = read_lines(ROOT)[1]


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("[text](docs/page.md)", f"[text]({ADDRESS}/blob/v{LINE.version}/docs/page.md)"),
        ("[text](docs/page.md#part)", f"[text]({ADDRESS}/blob/v{LINE.version}/docs/page.md#part)"),
        ("![picture](docs/a.png)", f"![picture]({ADDRESS}/raw/v{LINE.version}/docs/a.png)"),
        ("[here](#part)", "[here](#part)"),
        ("[there](https://example.com/a)", "[there](https://example.com/a)"),
        ("[mail](mailto:a@example.com)", "[mail](mailto:a@example.com)"),
    ],
)
def test_relative_links_lead_to_the_tag(link, expected):
    assert with_absolute_links(f"see {link}, and", ADDRESS, LINE) == f"see {expected}, and"


def test_no_link_of_a_released_readme_is_relative(tmp_path):
    for name in (README, PROJECT):
        shutil.copy(ROOT / name, tmp_path)
    assert relative_links((tmp_path / README).read_text(encoding="utf-8"))
    put_links(tmp_path, ADDRESS, LINE)
    assert relative_links((tmp_path / README).read_text(encoding="utf-8")) == []
    before, _, urls = (tmp_path / PROJECT).read_text(encoding="utf-8").partition("\n[project.urls]\n")
    assert before == (ROOT / PROJECT).read_text(encoding="utf-8")
    assert f'Source = "{ADDRESS}"\n' in urls


def test_only_a_workflow_of_github_knows_the_repository(monkeypatch):
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    assert repository() == ""
    monkeypatch.setenv("GITHUB_REPOSITORY", "owner/name")
    monkeypatch.delenv("GITHUB_SERVER_URL", raising=False)
    assert repository() == ADDRESS
