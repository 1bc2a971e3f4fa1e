"""Plans of what is shared are verified after they are made: every call once."""

from __future__ import annotations

from typing import Any

import pytest
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import tenfold
from tenfold._sharing.paths.plan import Planner
from tenfold._sharing.transformers import groups

from .. import data_sets


def test_a_family_that_loses_a_cell_is_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    one_round = Planner._round

    def lose_one(self: Any, waiting: list[Any], n_asked: int) -> list[Any]:
        return one_round(self, waiting[1:], n_asked)

    monkeypatch.setattr(Planner, "_round", lose_one)
    search = tenfold.GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [1, 2, 3]}, cv=3)
    with pytest.raises(AssertionError, match="each cell is in one family, or left"):
        search.fit(*data_sets.iris())


def test_a_group_that_has_a_call_twice_is_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    worthwhile = groups._Planner._worthwhile

    def twice(self: Any, split: Any) -> list[Any]:
        kept = worthwhile(self, split)
        return [*kept, kept[0]]

    monkeypatch.setattr(groups._Planner, "_worthwhile", twice)
    pipeline = make_pipeline(StandardScaler(), KNeighborsClassifier())
    grid = {"kneighborsclassifier__n_neighbors": [1, 2]}
    with pytest.raises(AssertionError, match="each call is in one group, or left"):
        tenfold.GridSearchCV(pipeline, grid, cv=3).fit(*data_sets.iris())
