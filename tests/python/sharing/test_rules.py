"""Every sharing rule can be switched off, and then does nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tests.python import data_sets

import tenfold
from tenfold._config import defaults
from tenfold._sharing.rules import rules

from .examples import EXAMPLES, FURTHER, Example

GRID = [
    {"max_depth": [2, None], "ccp_alpha": [0.0, 0.01, 0.02], "n_estimators": [2, 3]},
    {"min_samples_split": [2, 3], "min_samples_leaf": [4], "criterion": ["gini", "entropy"]},
]


# Their scores differ from run to run; test_distribution.py has them.
OF_UNSEEDED = ("pruning",)


def test_every_rule_has_an_example() -> None:
    assert sorted(EXAMPLES) == sorted(rules())


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("rule", "example"), [*EXAMPLES.items(), *FURTHER])
def test_a_rule_that_is_at_work_or_switched_off_gives_equal_scores(
    rule: str, example: Example
) -> None:
    estimator, grid, data, scoring = example
    if estimator is None:
        pytest.skip("its library is not installed")
    X, y = data()
    search = tenfold.GridSearchCV(estimator, grid, cv=3, scoring=scoring, error_score="raise")
    shared = clone(search).fit(X, y)
    with tenfold.config_context(disabled_rules=(rule,)):
        alone = clone(search).fit(X, y)
    assert shared.plan_.rules[rule], "it says why it is sound"
    assert rule not in alone.plan_.rules
    if rule in OF_UNSEEDED:
        return
    for name, scores in alone.cv_results_.items():
        if name.startswith("split"):
            np.testing.assert_array_equal(shared.cv_results_[name], scores)


def _over_pipeline(grid: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{f"randomforestclassifier__{k}": v for k, v in part.items()} for part in grid]


@pytest.mark.parametrize("rule", ["equal", "prefix", "forking", "cost complexity", "transformers"])
def test_a_rule_switched_off_among_others_changes_no_seeded_score(rule: str) -> None:
    X, y = data_sets.continuous()
    forest = RandomForestClassifier(random_state=0)
    for estimator, grid in [
        (forest, GRID),
        (make_pipeline(StandardScaler(), forest), _over_pipeline(GRID)),
    ]:
        expected = GridSearchCV(estimator, grid, cv=2).fit(X, y).cv_results_["mean_test_score"]
        with tenfold.config_context(disabled_rules=(rule,)):
            search = tenfold.GridSearchCV(estimator, grid, cv=2).fit(X, y)
        np.testing.assert_array_equal(search.cv_results_["mean_test_score"], expected)
        assert rule not in search.plan_.rules


@pytest.mark.parametrize("rule", ["equal", "prefix", "pruning", "cost complexity"])
def test_a_rule_switched_off_is_more_work_without_a_seed(rule: str) -> None:
    X, y = data_sets.continuous()
    search = tenfold.GridSearchCV(RandomForestClassifier(), GRID, cv=2)
    shared = search.explain(X, y)
    assert rule in shared.rules
    with tenfold.config_context(disabled_rules=(rule,)):
        alone = search.explain(X, y)
        search.fit(X, y)
    assert rule not in alone.rules
    assert len(alone.families) > len(shared.families)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_without_any_rule_every_cell_is_fitted_alone() -> None:
    X, y = data_sets.iris()
    with tenfold.config_context(disabled_rules=tuple(rules())):
        plan = tenfold.GridSearchCV(RandomForestClassifier(random_state=0), GRID, cv=2).explain(
            X, y
        )
    assert len(plan.families) == plan.n_fits_asked == plan.n_fits_done
    assert plan.n_trees_grown == plan.n_trees_asked
    assert not plan.rules


@pytest.mark.parametrize("rule", sorted(rules()))
def test_the_environment_can_switch_a_rule_off(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENFOLD_DISABLED_RULES", f"equal, {rule}")
    assert defaults()["disabled_rules"] == ("equal", rule)


def test_a_name_that_is_no_rules_is_an_error() -> None:
    X, y = data_sets.iris()
    search = tenfold.GridSearchCV(RandomForestClassifier(), {"max_depth": [1, 2]}, cv=2)
    with (
        tenfold.config_context(disabled_rules=("forkin",)),
        pytest.raises(ValueError, match="'forkin', which is no sharing rule; known: 'equal'"),
    ):
        search.fit(X, y)


@pytest.mark.parametrize("value", ["forking", ("a", 1), None])
def test_names_are_a_tuple(value: Any) -> None:
    with pytest.raises(ValueError, match="disabled_rules must be a tuple of names"):
        tenfold.set_config(disabled_rules=value)
