"""Pages, figures and studies of searches: what they show is what the search has."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier

import tenfold
from tenfold._report.figures import figures_of
from tenfold._report.page import html
from tenfold._report.table import SearchTable, table_of

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("agg")
optuna = pytest.importorskip("optuna")
pytest.importorskip("plotly")

X, Y = load_iris(return_X_y=True)
TREE = DecisionTreeClassifier(random_state=0)
GRID = {"max_depth": [1, 2, None], "min_samples_leaf": [1, 5], "criterion": ["gini", "entropy"]}


def fitted(estimator: Any = TREE, grid: Any = GRID, **options: Any) -> Any:
    return tenfold.GridSearchCV(estimator, grid, **{"cv": 3, **options}).fit(X, Y)


@pytest.fixture(scope="module")
def search() -> Any:
    return fitted(scoring=["accuracy", "neg_log_loss"], refit="accuracy")


def test_a_page_opens_offline_and_has_the_best(search: Any, tmp_path: Path) -> None:
    path = search.report(tmp_path / "report.html")
    page = Path(path).read_text()
    assert not re.search(r"<(?:script|link)[^>]+(?:src|href)=['\"]https?:", page)
    assert f"{search.best_score_:.6g}" in page
    for heading in ("Best candidates", "Importance", "Effects", "Pairs", "Folds", "Plan"):
        assert f"<h2>{heading}</h2>" in page


def test_every_kind_of_search_has_a_page(tmp_path: Path) -> None:
    pipeline = Pipeline([("model", GaussianNB())])
    conditional = [
        {"model": [GaussianNB()], "model__var_smoothing": [1e-9, 1e-3]},
        {"model": [LogisticRegression()], "model__C": [0.1, 1.0, 10.0]},
    ]
    searches = [
        fitted(pipeline, conditional),
        fitted(GaussianNB(), {"var_smoothing": [1e-9]}),
        fitted(KNeighborsClassifier(), {"n_neighbors": [1, 3], "weights": ["uniform", "distance"]}),
        tenfold.HalvingGridSearchCV(TREE, GRID, cv=3, random_state=0).fit(X, Y),
    ]
    for search in searches:
        assert "<h2>Best candidates</h2>" in Path(search.report(tmp_path / "r.html")).read_text()


def test_a_hundred_thousand_candidates_fit_into_twelve_megabytes() -> None:
    generator = np.random.default_rng(0)
    n = 100_000
    table = SearchTable(
        title="many",
        candidates=[{"a": float(a), "b": int(b)} for a, b in zip(
            generator.uniform(size=n), generator.integers(0, 50, n), strict=True)],
        scores={"score": generator.uniform(size=(n, 3))},
        metric="score",
        fit_times=generator.uniform(0.1, 1.0, n),
        iterations=np.zeros(n, dtype=np.int64),
    )  # fmt: skip
    assert len(html(table)) < 12e6


def test_a_study_has_what_the_search_has(search: Any, tmp_path: Path) -> None:
    tenfold.to_study(search, f"sqlite:///{tmp_path / 'study.db'}", name="iris")
    again = optuna.load_study(study_name="iris", storage=f"sqlite:///{tmp_path / 'study.db'}")
    results = search.cv_results_
    assert len(again.trials) == len(results["params"])
    for number, trial in enumerate(again.trials):
        assert trial.value == results["mean_test_accuracy"][number]
        folds = [results[f"split{split}_test_accuracy"][number] for split in range(3)]
        assert list(trial.intermediate_values.values()) == folds
        assert trial.params == {k: results["params"][number][k] for k in trial.params}
    assert again.best_value == search.best_score_


def test_conditional_parameters_and_failures_in_a_study() -> None:
    with pytest.warns(UserWarning, match="non-finite"):
        search = fitted(GaussianNB(), [{"var_smoothing": [1e-9, -1.0]}, {"priors": [None]}])
    study = tenfold.to_study(search)
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "FAIL", "COMPLETE"]
    assert "var_smoothing" not in study.trials[2].params


def test_a_journal_is_shown_as_its_search_is(tmp_path: Path) -> None:
    journal = str(tmp_path / "journal")
    with tenfold.config_context(journal=journal):
        search = fitted()
    study = tenfold.to_study(journal)
    assert [trial.value for trial in study.trials] == search.cv_results_["mean_test_score"].tolist()
    page = tmp_path / "page.html"
    command = [sys.executable, "-m", "tenfold", "report", journal, "--output", str(page)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.strip() == str(page)
    assert f"{search.best_score_:.6g}" in page.read_text()


def test_displays_are_means_over_the_other_parameters(search: Any) -> None:
    display = tenfold.SearchDisplay.from_search(search, params=["max_depth", "criterion"])
    means = search.cv_results_["mean_test_accuracy"]
    chosen = [
        mean
        for own, mean in zip(search.cv_results_["params"], means, strict=True)
        if own["max_depth"] is None and own["criterion"] == "entropy"
    ]
    at = display.values[0].index("None"), display.values[1].index("entropy")
    assert display.scores[at] == pytest.approx(np.mean(chosen), abs=1e-15)
    assert display.ax_.get_xlabel() == "max_depth"
    line = tenfold.SearchDisplay.from_search(search, params="min_samples_leaf")
    assert line.scores.shape == (2,)
    with pytest.raises(ValueError, match="params must be one or two of"):
        tenfold.SearchDisplay.from_search(search, params=["depth"])


def test_displays_have_numbers_in_order_and_leave_out_who_sets_none() -> None:
    """Of lists of grids; a value that is no number comes where it was named, after the numbers."""
    grid = [{"max_depth": [None, 10, 2]}, {"min_samples_leaf": [50, 3]}]
    search = fitted(TREE, grid)
    display = tenfold.SearchDisplay.from_search(search, params="max_depth")
    assert display.values == [["2", "10", "None"]]
    means = search.cv_results_["mean_test_score"]
    np.testing.assert_array_equal(display.scores, means[[2, 1, 0]])
    np.testing.assert_array_equal(display.spreads, 0.0)
    both = tenfold.SearchDisplay.from_search(search, params=["max_depth", "min_samples_leaf"])
    assert np.isnan(both.scores).all()


def test_a_halving_search_compares_candidates_that_had_the_same_resources(tmp_path: Path) -> None:
    """Those that go on are the good ones, and their later scores are of more rows."""
    search = tenfold.HalvingGridSearchCV(TREE, GRID, cv=3, random_state=0).fit(X, Y)
    results = search.cv_results_
    display = tenfold.SearchDisplay.from_search(search, params="max_depth")
    means = [
        np.mean(
            [
                mean
                for own, mean, iteration in zip(
                    results["params"], results["mean_test_score"], results["iter"], strict=True
                )
                if iteration == 0 and str(own["max_depth"]) == value
            ]
        )
        for value in display.values[0]
    ]
    np.testing.assert_allclose(display.scores, means, rtol=1e-12)
    page = Path(search.report(tmp_path / "report.html")).read_text()
    assert "of the first iteration" in page
    assert "<th class='word'>iteration</th>" in page


def test_numbers_that_are_many_are_shown_by_ranges(tmp_path: Path) -> None:
    """As those drawn from a distribution are: as many candidates to a range each."""
    search = tenfold.RandomizedSearchCV(
        GaussianNB(), {"var_smoothing": loguniform(1e-9, 10.0)}, n_iter=120, cv=3, random_state=0
    ).fit(X, Y)
    display = tenfold.SearchDisplay.from_search(search, params="var_smoothing")
    (ranges,) = display.values
    assert len(ranges) == len(display.scores) == 12
    ends = [[float(end) for end in said.split(" to ")] for said in ranges]
    drawn = np.array([own["var_smoothing"] for own in search.cv_results_["params"]])
    means = search.cv_results_["mean_test_score"]
    low = np.sort(drawn)[:10]
    assert ends[0] == [float(f"{low[0]:.3g}"), float(f"{low[-1]:.3g}")]
    assert all(a <= b for a, b in itertools.pairwise(ends))
    assert display.scores[0] == pytest.approx(means[drawn <= low[-1]].mean(), rel=1e-12)
    headings = {heading for heading, _, _ in figures_of(table_of(search))}
    assert {"Effects", "Parallel coordinates"} <= headings


def test_effects_are_a_figure_a_parameter_on_one_scale(search: Any) -> None:
    figures = next(
        drawn for heading, _, drawn in figures_of(table_of(search)) if heading == "Effects"
    )
    assert [figure.layout.title.text for figure in figures] == sorted(GRID)
    assert len({figure.layout.yaxis.range for figure in figures}) == 1


def test_a_notebook_shows_the_best_candidates(search: Any) -> None:
    shown = search._repr_html_()
    assert "5 best of 12 candidates" in shown
    assert "candidates" not in tenfold.GridSearchCV(TREE, GRID)._repr_html_()


def test_what_is_no_search_is_refused(search: Any) -> None:
    with pytest.raises(ValueError, match="must be a fitted search"):
        tenfold.to_study(tenfold.GridSearchCV(TREE, GRID))
    with pytest.raises(ValueError, match="metric must be one of"):
        search.report("unused.html", metric="f1")
