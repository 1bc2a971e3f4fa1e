"""Links between files, which Sphinx does not see in files outside of `docs`, lead to files that are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_to_files(name):
    links = LINK.findall((ROOT / name).read_text(encoding="utf-8"))
    assert links or name == "CHANGELOG.md"
    assert not [link for link in links if not (ROOT / link).exists()]
