"""The Python on the pages runs, from the top of a page to its end, and prints what the page says.

Code that a reader has from elsewhere (a DataFrame, a package that one comes from) is in comments of the
page's source, or skipped there.
"""

import sys
from pathlib import Path
from types import ModuleType

import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

import tenfold

ROOT = Path(__file__).resolve().parents[2]
ON_SPARK = ["bridge", "clusters", "coming-from", "keyed-models"]
LOCAL = ["contract", "getting-started", "index", "packages", "sharing"]

pages = Sybil([PythonCodeBlockParser(), SkipParser()])


@pytest.fixture(autouse=True)
def settings():
    """Pages change settings; the next page starts as a reader would."""
    before = tenfold.get_config()
    yield
    tenfold.set_config(**before)


def run(path, **names):
    """Run a page's examples in one namespace; returns how many there were."""
    document = pages.parse(path)
    # A module, as a reader's notebook is one: classes are known by where they were made.
    module = ModuleType(f"page_{path.stem.replace('-', '_')}")
    sys.modules[module.__name__] = module
    document.namespace = vars(module)
    document.namespace.update(names)
    examples = list(document.examples())
    for example in examples:
        example.evaluate()
    return len(examples)


@pytest.mark.parametrize("name", LOCAL)
def test_local_page(name):
    run(ROOT / "docs" / f"{name}.md")


def test_readme():
    assert run(ROOT / "README.md") > 0


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", ON_SPARK)
def test_page_on_spark(name, spark):
    assert run(ROOT / "docs" / f"{name}.md", spark=spark) > 0


def test_every_page_is_run_or_has_no_python():
    for path in (ROOT / "docs").glob("*.md"):
        if path.stem not in ON_SPARK + LOCAL:
            assert "```python" not in path.read_text(encoding="utf-8"), path.name
