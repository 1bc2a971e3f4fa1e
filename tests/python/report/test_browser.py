"""Reports opened in a real browser, on a desktop and on a phone."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier

import tenfold
from tenfold._report.figures import figures_of
from tenfold._report.page import html
from tenfold._report.table import table_of

pytest.importorskip("optuna")
pytest.importorskip("plotly")
BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="there is no browser")

X, Y = load_iris(return_X_y=True)

# Says in the page itself what went wrong and what was drawn.
_PROBE = """<script>
const errors = [];
addEventListener("error", event => errors.push(event.message));
addEventListener("load", () => setTimeout(() => {
  const figures = [...document.querySelectorAll(".js-plotly-plot")].map(figure => ({
    marks: figure.querySelectorAll("svg path, svg image, canvas").length,
    right: figure.getBoundingClientRect().right,
    height: figure.getBoundingClientRect().height,
  }));
  document.body.dataset.seen = JSON.stringify({
    errors, figures, inner: innerWidth, width: document.documentElement.scrollWidth});
}, 500));
</script>"""


# A page has not room for the drawing contexts of many others.
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
PAGES = {
    "desktop": ["multimetric", "conditional", "halving", "many"],
    "phone": ["multimetric", "two"],
}


def opened(pages: dict[str, str], kind: str, folder: Path) -> tuple[dict[str, Any], str]:
    """What each page's probe saw at a size, and what the browser's console said.

    All are opened at once, in frames, which may be as narrow as a phone; a window may not.
    """
    frames = []
    width, height = SIZES[kind]
    for name, page in pages.items():
        (folder / f"{name}.html").write_text(page.replace("<head>", f"<head>{_PROBE}", 1))
        frames.append(
            f"<iframe id='{name}' src='{name}.html' "
            f"style='border:0;width:{width}px;height:{height}px'></iframe>"
        )
    frame = folder / "frame.html"
    frame.write_text(
        "".join(frames)
        + """<script>
        addEventListener("load", () => setInterval(() => {
          const frames = [...document.querySelectorAll("iframe")];
          const seen = frames.map(frame => [frame.id, frame.contentDocument.body.dataset.seen]);
          if (seen.every(one => one[1])) document.body.dataset.all = JSON.stringify(seen);
        }, 100))</script>"""
    )
    assert BROWSER is not None
    command = [
        BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--enable-unsafe-swiftshader", "--allow-file-access-from-files",
        f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=8000",
        "--enable-logging=stderr", "--dump-dom", frame.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=170, check=True)
    found = re.search(r'data-all="([^"]*)"', done.stdout)
    assert found, done.stderr[-2000:]
    # How fast a machine without a graphics card draws is said there, too.
    lines = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    console = "\n".join(line for line in lines if "GL Driver Message" not in line)
    seen = dict(json.loads(unescape(found.group(1))))
    return {name: json.loads(one) for name, one in seen.items()}, console


def searches() -> dict[str, Any]:
    grid = {"max_depth": [1, 2, None], "min_samples_leaf": [1, 5], "criterion": ["gini", "entropy"]}
    tree = DecisionTreeClassifier(random_state=0)
    conditional = [
        {"model": [GaussianNB()], "model__var_smoothing": [1e-9, 1e-3]},
        {"model": [LogisticRegression()], "model__C": [0.1, 1.0, 10.0]},
    ]
    several = {"scoring": ["accuracy", "neg_log_loss"], "refit": "accuracy"}
    pipeline = Pipeline([("model", GaussianNB())])
    return {
        "multimetric": tenfold.GridSearchCV(tree, grid, cv=3, **several),
        "conditional": tenfold.GridSearchCV(pipeline, conditional, cv=3),
        "halving": tenfold.HalvingGridSearchCV(tree, grid, cv=3, random_state=0),
        "two": tenfold.GridSearchCV(GaussianNB(), {"var_smoothing": [1e-9, 1e-3]}, cv=3),
    }


@pytest.mark.parametrize("kind", SIZES)
def test_pages_are_drawn_without_an_error(kind: str, tmp_path: Path) -> None:
    known = searches()
    shown = {
        name: _many(tmp_path) if name == "many" else known[name].fit(X, Y) for name in PAGES[kind]
    }
    pages = {name: html(table_of(one)) for name, one in shown.items()}
    seen, console = opened(pages, kind, tmp_path)
    assert console == ""
    assert list(seen) == PAGES[kind]
    for name, one in seen.items():
        assert one["errors"] == [], name
        assert one["inner"] == SIZES[kind][0]
        assert len(one["figures"]) == n_figures(shown[name]) >= 3, name
        for figure in one["figures"]:
            assert figure["marks"] > 0, name
            assert figure["height"] > 100, name
        # Nothing sticks out: a page scrolls down only.
        assert one["width"] <= SIZES[kind][0], name


def n_figures(search: Any) -> int:
    drawn = [figure for _, _, figure in figures_of(table_of(search))]
    return sum(len(figure) if isinstance(figure, list) else 1 for figure in drawn)


def _many(folder: Path) -> str:
    """A journal of a larger search."""
    grid = {"var_smoothing": np.logspace(-9, 1, 300).tolist(), "priors": [None, [0.2, 0.3, 0.5]]}
    with tenfold.config_context(journal=folder / "journal"):
        tenfold.GridSearchCV(GaussianNB(), grid, cv=3, refit=False).fit(X, Y)
    return str(folder / "journal")
