"""Calls into plain specs: each distinct thing once, whatever the number of cells."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.metrics import check_scoring
from sklearn.model_selection import ParameterGrid, StratifiedKFold

from tenfold import _engine
from tenfold._data.ordered_table import OrderedClasses
from tenfold._data.table import Table
from tenfold._gather.calls import Call, Request
from tenfold._translate.cells import Translation, translate
from tenfold._translate.session import Session
from tenfold._versions import fit_and_score

from .. import data_sets

X, Y = data_sets.iris()


def translated(estimators: list[Any], grid: dict[str, list[Any]]) -> Translation:
    """All of a grid over three splits, for each estimator."""
    splits = list(StratifiedKFold(3).split(X, Y))
    calls = [
        Call(
            fit_and_score,
            (estimator, X, Y),
            {
                "scorer": check_scoring(estimator), "train": train, "test": test, "verbose": 0,
                "parameters": parameters, "fit_params": None, "score_params": None,
            },
        )
        for estimator in estimators
        for parameters in ParameterGrid(grid)
        for train, test in splits
    ]  # fmt: skip
    return translate(Request(calls, 1, True, False), Session(), _engine)


def test_each_distinct_thing_is_translated_once() -> None:
    forest = RandomForestClassifier(5, random_state=0)
    result = translated([forest], {"max_depth": [2, None], "min_samples_leaf": [1, 3]})
    (run,) = result.runs
    assert not result.left
    assert len(run.cells) == 12
    assert len(run.specs) == 4
    assert len(run.splits) == 3
    assert len(run.sources) == 1
    np.testing.assert_array_equal(np.unique(run.places()[:, 0]), range(4))


def test_a_learner_has_a_run_of_its_own() -> None:
    learners = [RandomForestClassifier(5), GradientBoostingClassifier()]
    result = translated(learners, {"max_depth": [2, 3]})
    names = sorted(run.learner_name for run in result.runs)
    assert names in (["boosting", "trees"], ["trees"])  # boosting is native with one release alone
    assert sum(len(run.cells) for run in result.runs) + len(result.left) == 12


def test_a_call_that_cannot_be_native_says_why() -> None:
    result = translated([RandomForestClassifier(5, criterion="log_loss")], {"max_depth": [2, -1]})
    assert {why for _, why in result.left} == {"scikit-learn refuses max_depth=-1"}
    assert [len(run.cells) for run in result.runs] == [3]


def test_tables_are_made_once_a_kind() -> None:
    session = Session()
    table = session.table(Table, _engine, X, Y)
    assert session.table(Table, _engine, X, Y) is table
    assert session.table(OrderedClasses, _engine, X, Y) is not table
    assert session.table(Table, _engine, X.copy(), Y) is not table
