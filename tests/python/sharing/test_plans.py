"""Plans of what is shared are verified after they are made: every call once."""

from __future__ import annotations

from typing import Any

import joblib
import pytest
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import tenfold
from tenfold._gather.backend import GatheringBackend
from tenfold._gather.calls import Answer, Request
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


class _Gathered(GatheringBackend):
    """Keeps the last request, and has every call run as it is."""

    last: Request

    def answer_all(self, request: Request, answer: Answer) -> None:
        type(self).last = request
        for index, call in enumerate(request.calls):
            answer(index, call())


def test_whoever_runs_a_search_shares_no_transformers_where_their_rule_is_off() -> None:
    joblib.register_parallel_backend("gathered", _Gathered)
    pipeline = make_pipeline(StandardScaler(), KNeighborsClassifier())
    grid = {"kneighborsclassifier__n_neighbors": [1, 2]}
    with joblib.parallel_config(backend="gathered"):
        GridSearchCV(pipeline, grid, cv=3, refit=False).fit(*data_sets.iris())
    every_call = list(range(6))
    assert len(groups.plan(_Gathered.last, every_call).splits) == 3
    with tenfold.config_context(disabled_rules=("transformers",)):
        sharing = groups.plan(_Gathered.last, every_call)
    assert not sharing.splits
    assert sharing.left == [(index, "") for index in every_call]
